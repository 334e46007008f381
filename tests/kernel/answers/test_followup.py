"""Follow-up questions: what is carried over from the one before, and what stands for itself."""

import pytest

from besedka.kernel.answers.service.followup import carried
from besedka.kernel.answers.service.language import language_in
from besedka.kernel.answers.types import Turn


@pytest.mark.parametrize(
    ("before", "asked", "meant"),
    [
        ("Сколько стоит доставка?", "А в Казань?", "Сколько стоит доставка в Казань"),
        ("Сколько стоит доставка в Москву?", "а в Казань?", "Сколько стоит доставка в Казань"),
        ("Сколько стоит доставка до Твери мебели?", "в Казань", "Сколько стоит доставка в Казань"),
        ("Сколько стоит доставка?", "А сборка?", "Сколько стоит сборка"),
        ("Доставка платная?", "А сборка?", "сборка платная"),
        ("Как оформить возврат?", "а обмен", "Как оформить обмен"),
        ("Можно ли вернуть товар после сборки?", "А беседку?", "Можно ли вернуть беседку после сборки"),
        ("Какая гарантия на беседки?", "Ну а на мебель?", "Какая гарантия на мебель"),
        ("Есть ли у вас беседка Веранда?", "Сколько она стоит?", "беседка Веранда Сколько стоит"),
        ("Расскажите про сборку мебели", "А сколько это стоит?", "Расскажите про сборку мебели сколько стоит"),
        ("Доставка в Казань есть?", "Сколько стоит?", "Доставка в Казань Сколько стоит"),
        ("Делаете беседки на заказ?", "А сколько по времени?", "Делаете беседки на заказ сколько по времени"),
        ("How much is delivery?", "And to Kazan?", "How much is delivery to Kazan"),
        ("How much is delivery to Moscow?", "What about to Kazan?", "How much is delivery to Kazan"),
        ("How much is delivery?", "and assembly?", "How much is assembly"),
        ("Is delivery free?", "What about assembly?", "Is assembly free"),
        ("Do you have a warranty for gazebos?", "And for furniture?", "Do you have a warranty for furniture"),
        ("Do you sell the Veranda gazebo?", "How much is it?", "sell Veranda gazebo How much is"),
        ("Can I return a cushion?", "How long does it take?", "return cushion How long does take"),
    ],
)  # fmt: skip
def test_follow_up_is_understood_with_the_question_before(
    before: str, asked: str, meant: str
) -> None:
    assert carried(asked, [before]) == meant


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("Сколько стоит доставка?", "Где находится ваш склад?"),
        ("Сколько стоит доставка?", "А где находится склад?"),
        ("Сколько стоит доставка?", "Как оплатить заказ картой?"),
        ("How much is delivery?", "What are your opening hours?"),
        ("How much is delivery?", "Where is the warehouse?"),
        ("How much is delivery?", "gift cards"),
        ("How much is delivery?", "And could you please tell me where exactly your nearest showroom is located"),
    ],
)  # fmt: skip
def test_question_with_a_subject_of_its_own_stands_for_itself(before: str, asked: str) -> None:
    assert carried(asked, [before]) is None


def test_second_follow_up_goes_back_to_the_first_question() -> None:
    earlier = ["Здравствуйте", "Сколько стоит доставка?", "А в Казань?", "спасибо"]
    assert carried("А в Тверь?", earlier) == "Сколько стоит доставка в Тверь"


def test_first_question_has_nothing_to_carry() -> None:
    assert carried("А в Казань?", []) is None
    assert carried("А в Казань?", ["Здравствуйте"]) is None


def test_names_and_mixed_words_are_in_the_language_of_the_dialog() -> None:
    russian = (Turn(by_assistant=False, text="Сколько стоит чехол?"),)
    assert language_in("а Samsung Galaxy Ultra?", russian, fallback="en") == "ru"
    assert language_in("iPhone?", russian, fallback="en") == "ru"
    assert language_in("Hello", russian, fallback="ru") == "en"
    hello = (Turn(by_assistant=False, text="Hi"),)
    assert language_in("Доставка?", hello, fallback="en") == "ru"
    assert language_in("How much is the delivery?", russian, fallback="ru") == "en"
    assert language_in("а чехол Samsung Galaxy Ultra есть?", (), fallback="ru") == "ru"
