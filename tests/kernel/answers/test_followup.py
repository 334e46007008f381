"""Follow-up questions: what is carried over from the one before, and what stands for itself."""

import pytest

from besedka.core.i18n import Locale
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service.followup import Carried, carried
from besedka.kernel.answers.service.language import language_in
from besedka.kernel.answers.types import Draft, Mode, Turn
from besedka.kernel.knowledge import service as knowledge
from tests.factories import make_workspace

TERMS: dict[Locale, str] = {
    "ru": "## Доставка\n\nКурьер привезёт заказ по городу за 350 рублей.\n\n## Самовывоз\n\nЗабрать заказ можно на складе"
    " без оплаты, ежедневно с 10 до 20.\n\n## Сборка\n\nСборка стоит 10 % цены.",
    "en": "## Delivery\n\nA courier brings the order within the city for 5 euros.\n\n## Pickup\n\nCollect the order at the"
    " warehouse free of charge, daily from 10 to 20.\n\n## Assembly\n\nWhen we assemble, it costs 10 % of the price.",
}  # fmt: skip

ROADS = (
    "## Сроки\n\nДоставка беседки по Москве занимает неделю.\n\n## Регионы\n\nВезёт перевозчик, дорогу до города вы"
    " оплачиваете сами."
)
PAIR = (
    "Можно ли забрать заказ самому?",
    "Да, самовывоз бесплатный. Склад в Мытищах, улица Беседочная, дом 7, выдаёт заказы по будням с 9 до 19 часов.",
)


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
    found = carried(asked, [before])
    assert found is not None
    assert found.text == meant


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
    assert carried("А в Тверь?", earlier) == Carried("Сколько стоит доставка в Тверь")


def test_words_that_replace_the_subject_are_told_apart() -> None:
    assert carried("А сборка?", ["Сколько стоит доставка?"]) == Carried(
        "Сколько стоит сборка", "сборка"
    )


@pytest.mark.parametrize(
    ("locale", "before", "asked", "said"),
    [
        ("ru", "Сколько стоит доставка?", "А самовывоз?", "Забрать заказ"),
        ("ru", "Когда привезут заказ?", "А самовывос?", "Забрать заказ"),
        ("en", "When will you bring my order?", "And pickup?", "Collect the order"),
        ("en", "What does delivery cost?", "What about pickup?", "Collect the order"),
    ],
)  # fmt: skip
async def test_follow_up_that_a_heading_names_is_answered_from_under_it(
    runtime: Runtime, locale: Locale, before: str, asked: str, said: str
) -> None:
    draft = await _asked_after(runtime, locale, before, asked=asked)
    assert draft.mode is Mode.EXTRACTIVE
    assert said in draft.text


@pytest.mark.parametrize(
    ("asked", "mode"),
    [
        ("А самовывоз?", Mode.EXTRACTIVE),
        ("А рассрочка?", Mode.UNKNOWN),
        ("А дорого?", Mode.UNKNOWN),
    ],
)
async def test_follow_up_that_only_the_text_of_an_answer_names_is_answered_by_it(
    runtime: Runtime, asked: str, mode: Mode
) -> None:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        who = await answers.create_assistant(
            conn, name="Ann", author=place.owner.actor_id, locale="ru"
        )
        await knowledge.add_text(conn, who.collection_id, body=ROADS, title="1")
        await knowledge.add_qa(conn, who.collection_id, question=PAIR[0], answer=PAIR[1])
    history = (Turn(text="Сколько стоит доставка беседки по Москве?", by_assistant=False),)
    draft = await answers.ask(runtime, place.id, who, asked, locale="ru", history=history)
    assert draft.mode is mode
    assert ("самовывоз бесплатный" in draft.text) is (mode is Mode.EXTRACTIVE)


@pytest.mark.parametrize(
    ("locale", "before", "asked"),
    [
        ("ru", "Сколько стоит доставка?", "А рассрочка?"),
        ("en", "What does delivery cost?", "And instalments?"),
    ],
)  # fmt: skip
async def test_follow_up_about_what_no_passage_has_stays_unknown(
    runtime: Runtime, locale: Locale, before: str, asked: str
) -> None:
    assert (await _asked_after(runtime, locale, before, asked=asked)).mode is Mode.UNKNOWN


async def _asked_after(runtime: Runtime, locale: Locale, before: str, *, asked: str) -> Draft:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        who = await answers.create_assistant(
            conn, name="Ann", author=place.owner.actor_id, locale=locale
        )
        await knowledge.add_text(conn, who.collection_id, body=TERMS[locale], title="1")
    history = (Turn(text=before, by_assistant=False), Turn(text="…", by_assistant=True))
    return await answers.ask(runtime, place.id, who, asked, locale=locale, history=history)


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
