"""Words that ask nothing, and questions around which they stand."""

import pytest

from besedka.kernel.answers.service.smalltalk import SmallTalk, bare, searched_for, small_talk
from besedka.kernel.answers.service.wishes import wish_for_person
from besedka.kernel.answers.types import Question


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("привет", SmallTalk.GREETING), ("Здравствуйте!", SmallTalk.GREETING), ("Добрый день 👋", SmallTalk.GREETING),
        ("Привет, как дела?", SmallTalk.GREETING), ("Hello", SmallTalk.GREETING), ("hi", SmallTalk.GREETING),
        ("Hi there, good morning!", SmallTalk.GREETING), ("спасибо", SmallTalk.THANKS), ("Спс", SmallTalk.THANKS),
        ("Спасибо вам большое!!!", SmallTalk.THANKS), ("thank you", SmallTalk.THANKS),
        ("Thanks a lot :)", SmallTalk.THANKS), ("Спасибо, до свидания", SmallTalk.GOODBYE),
        ("пока", SmallTalk.GOODBYE), ("bye", SmallTalk.GOODBYE), ("Have a nice day!", SmallTalk.GOODBYE),
        ("Вы бот?", SmallTalk.BOT), ("Привет! Ты робот?", SmallTalk.BOT), ("Are you a bot?", SmallTalk.BOT),
        ("are you a real person?", SmallTalk.BOT), ("есть кто живой?", SmallTalk.ANYBODY),
        ("Ау, кто-нибудь тут есть?", SmallTalk.ANYBODY), ("Is anybody there?", SmallTalk.ANYBODY),
        ("ок, спасибо", SmallTalk.THANKS), ("Понятно.", SmallTalk.AGREED), ("ok", SmallTalk.AGREED),
        ("???", SmallTalk.WORDLESS), (" ?! ", SmallTalk.WORDLESS), ("…", SmallTalk.WORDLESS), ("+", SmallTalk.WORDLESS),
    ],
)  # fmt: skip
def test_words_that_ask_nothing_are_small_talk(text: str, kind: SmallTalk) -> None:
    assert small_talk(text) is kind
    assert searched_for(text) == ""
    assert wish_for_person(Question(text=text, locale="ru"), ()) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "👍", "👍!", "да", "Привет, сколько стоит доставка?", "Hello, how much is delivery?", "спасибо за что",
        "Как пройти к вам?", "How are you different from others?", "Добрый вечер, вы работаете?", "вам", "please",
        "Кто вы по образованию?", "Есть кто знает цену?", "Хорошо ли горит лиственница?", "живой человек",
        "Good wood?", "Thank-you cards: what do they cost?", "Позовите человека, спасибо",
    ],
)  # fmt: skip
def test_anything_more_is_a_question(text: str) -> None:
    assert small_talk(text) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Здравствуйте! Сколько стоит доставка?", "Сколько стоит доставка?"),
        ("Добрый день, подскажите, пожалуйста, есть ли рассрочка", "есть ли рассрочка"),
        ("Hello, how much is delivery? Thank you!", "how much is delivery"),
        ("Где вы находитесь? Заранее спасибо.", "Где вы находитесь"),
        ("Хай-тек беседка", "Хай-тек беседка"),
        ("Hi-Fi колонки", "Hi-Fi колонки"),
        ("спасибо", "спасибо"),
        ("How are you different?", "How are you different?"),
        ("Приветствуется ли торг?", "Приветствуется ли торг?"),
    ],
)
def test_greeting_and_thanks_are_left_out_of_the_search(text: str, question: str) -> None:
    assert bare(text) == question


def test_long_message_of_greetings_takes_no_time() -> None:
    long = "привет " * 5000
    assert small_talk(long) is SmallTalk.GREETING
    assert small_talk(long + "доставка") is None
    assert bare(long + "доставка") == "доставка"
    assert bare("доставка" + " спасибо" * 5000 + " x").startswith("доставка")
