"""When a visitor wants a person."""

import pytest

from besedka.kernel.answers.service.language import language_of
from besedka.kernel.answers.service.wishes import wish_for_person
from besedka.kernel.answers.types import HandoffReason, Question, Turn


def question(text: str, *history: Turn) -> Question:
    """A question with what was said before."""
    return Question(text=text, locale="ru", history=history)


@pytest.mark.parametrize(
    "text",
    [
        "Позовите оператора", "позови пожалуйста человека", "Соедините меня с менеджером", "оператор",
        "хочу поговорить с живым человеком", "I want to talk to a person", "can I speak with a real human?",
        "Human!", "connect me to an agent please",
    ],
)  # fmt: skip
def test_plain_wish_is_understood(text: str) -> None:
    assert wish_for_person(question(text), ()) is HandoffReason.ASKED


@pytest.mark.parametrize(
    "text",
    [
        "Сколько человек помещается в беседке?", "Какой оператор связи у вас в офисе?", "Скидка для сотрудников есть?",
        "How many people fit into the gazebo?", "Do you deliver to a person's office?", "Who is the owner?",
    ],
)  # fmt: skip
def test_words_about_people_are_no_wish(text: str) -> None:
    assert wish_for_person(question(text), ()) is None


def test_keyword_of_the_owner_calls_a_person() -> None:
    assert (
        wish_for_person(question("Верните ДЕНЬГИ!"), ("верните деньги",)) is HandoffReason.KEYWORD
    )


def test_same_question_after_an_answer_calls_a_person() -> None:
    before = (Turn(False, "Сколько стоит доставка?"), Turn(True, "350 рублей", "extractive"))
    assert (
        wish_for_person(question("сколько стоит доставка", *before), ()) is HandoffReason.REPEATED
    )


def test_same_question_after_no_answer_is_no_repetition() -> None:
    before = (Turn(False, "Сколько стоит доставка?"), Turn(True, "Не знаю", "unknown"))
    assert wish_for_person(question("Сколько стоит доставка?", *before), ()) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("Где вы?", "ru"), ("Where?", "en"), ("123", "ru"), ("Где your shop located please", "en")],
)
def test_language_is_that_of_most_letters(text: str, language: str) -> None:
    assert language_of(text, "ru") == language
