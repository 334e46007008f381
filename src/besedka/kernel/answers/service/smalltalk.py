"""Words that ask nothing: greetings, thanks, good-byes, "is anybody there", "are you a bot". Pure.

A message of nothing but such words gets a friendly sentence without a search. Around a question they are left out of
what is searched for: no document answers "good afternoon", and a search would take it for a misspelt word.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from unicodedata import category


class SmallTalk(StrEnum):
    """What such words mean; of several in one message the first of these is answered."""

    BOT = "bot"
    ANYBODY = "anybody"
    GOODBYE = "goodbye"
    THANKS = "thanks"
    GREETING = "greeting"
    AGREED = "agreed"
    WORDLESS = "wordless"
    """Nothing but marks, such as `???`."""


_SAID: Mapping[SmallTalk, str] = {
    SmallTalk.BOT: (
        "ты бот|вы бот|ты робот|вы робот|это бот|это робот|ты человек|вы человек|ты живой|вы живой"
        "|ты человек или бот|вы человек или бот|вы бот или человек|ты бот или человек|вы робот или человек"
        "|вы живой человек|ты живой человек|я говорю с ботом|я разговариваю с ботом|со мной говорит бот"
        "|с кем я говорю|с кем я разговариваю|кто ты|кто вы|ты кто|вы кто|ты ии|вы ии|ты нейросеть|вы нейросеть"
        "|are you a bot|are you a robot|are you bot|are you an ai|are you ai|are you human|are you a human"
        "|are you a person|are you real|are you a real person|are you a bot or a human|are you a human or a bot"
        "|is this a bot|is it a bot|is this a robot|is this a human|is this ai|who are you|what are you"
        "|am i talking to a bot|am i talking to a human|am i talking to a person"
    ),
    SmallTalk.ANYBODY: (
        "есть кто живой|есть кто|есть кто нибудь|есть кто тут|есть кто здесь|кто нибудь есть|кто нибудь тут"
        "|кто нибудь здесь|кто нибудь тут есть|кто нибудь здесь есть|тут есть кто нибудь|здесь есть кто нибудь|тут кто нибудь есть|здесь кто нибудь есть"
        "|кто тут|кто здесь|кто тут есть|есть тут кто|есть здесь кто|есть тут кто нибудь|есть здесь кто нибудь"
        "|есть кто на связи|вы тут|вы здесь|ты тут|ты здесь|вы на связи|ты на связи|вы меня слышите"
        "|алло|ало|ау"
        "|is anybody there|is anyone there|is anybody here|is anyone here|is somebody there|is someone there"
        "|anybody there|anyone there|anybody here|anyone here|anybody home|anyone home|are you there|are you here"
        "|you there|is there anybody|is there anyone|is anybody alive|can you hear me"
    ),
    SmallTalk.GOODBYE: (
        "до свидания|до свиданья|досвидания|всего доброго|всего хорошего|всего наилучшего|хорошего дня"
        "|хорошего вечера|хороших выходных|доброй ночи|спокойной ночи|до встречи|до завтра|до связи|пока|пока пока"
        "|удачи|прощайте|прощай|бывайте"
        "|goodbye|good bye|bye|bye bye|see you|see you later|see ya|good night|have a nice day|have a good day"
        "|have a great day|have a nice evening|have a good one|take care|cheerio"
    ),
    SmallTalk.THANKS: (
        "спасибо|спасибо большое|большое спасибо|огромное спасибо|спасибо огромное|спасибочки|спасиб|пасибо|спс"
        "|сенкс|благодарю|благодарю вас|благодарим|благодарствую|спасибо вам|спасибо за помощь|спасибо за ответ"
        "|спасибо за информацию|благодарю за помощь|благодарю за ответ|спасибо помогли|вы помогли|вы мне помогли"
        "|thank you|thank you very much|thank you so much|thanks|thanks a lot|many thanks|thx|ty|cheers|tnx"
        "|thanks for your help|thanks for the help|thank you for your help|thank you for the help"
        "|thanks for your answer|thank you for your answer|much appreciated|appreciate it|i appreciate it"
    ),
    SmallTalk.GREETING: (
        "привет|приветик|приветствую|приветствую вас|здравствуйте|здравствуй|здраствуйте|здраствуй|здравствуте"
        "|здрасте|здрасьте|здрасти|прив|хай|хей|добрый день|добрый вечер|доброе утро|доброго дня"
        "|доброго вечера|доброго утра|доброго времени суток|день добрый|вечер добрый|утро доброе|как дела"
        "|как ваши дела|как твои дела|как поживаете|как жизнь|рад вас видеть|приятно познакомиться"
        "|hi|hii|hello|helo|hallo|hey|hey there|hi there|hello there|good morning|good afternoon|good evening"
        "|good day|greetings|howdy|hiya|yo|how are you|how are you doing|how are you today|how do you do"
        "|how is it going|how s it going|what s up|whats up|sup|nice to meet you"
    ),
    SmallTalk.AGREED: (
        "ок|окей|хорошо|понятно|ясно|понял|поняла|все понятно|все ясно|ладно|отлично"
        "|ok|okay|great|got it|i see|all right|alright|perfect|understood"
    ),
}  # fmt: skip
_BESIDE = frozenset(
    [
        "а",
        "вам",
        "вас",
        "всем",
        "всех",
        "еще",
        "раз",
        "заранее",
        "большое",
        "огромное",
        "вот",
        "же",
        "ну",
        "ой",
        "очень",
        "тебе",
        "и",
        "да",
        "дорогие",
        "друзья",
        "уважаемые",
        "ребята",
        "коллеги",
        "господа",
        "там",
        "тут",
        "пожалуйста",
        "a",
        "again",
        "all",
        "and",
        "dear",
        "everyone",
        "folks",
        "friends",
        "guys",
        "oh",
        "so",
        "sir",
        "madam",
        "team",
        "then",
        "there",
        "very",
        "much",
        "well",
        "you",
        "please",
    ]
)
"""Words that may stand between such phrases and change nothing; alone they are no small talk."""

_WORD = re.compile(r"\w+")
_MARKS = frozenset(("Sm", "Sc", "Sk"))
"""Categories of Unicode: signs of mathematics and money, and free-standing accents."""
_KINDS: Mapping[tuple[str, ...], SmallTalk] = {
    tuple(phrase.split()): kind for kind, phrases in _SAID.items() for phrase in phrases.split("|")
}
_LONGEST = max(map(len, _KINDS))
_OPENING = re.compile(
    r"\A\W*(?:(?:привет(?:ствую)?|здрав?ств?уй(?:те)?|здра[вс]с?ь?те|добр(?:ый|ого) (?:день|дня|вечера?)"
    r"|доброе утро|день добрый|доброго времени суток|hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings"
    r"|(?:под)?скажите|пожалуйста|please)(?:\s*[,.!…–—:;)\n]+\s*|\s+))+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:[\s,.!?…–—:;(]+(?:спасибо|благодарю|заранее|большое|вам|пожалуйста|thank you|thanks|please"
    r"|in advance))+\W*\Z",
    re.IGNORECASE,
)
_CLOSING_CHARACTERS = 80


def small_talk(text: str) -> SmallTalk | None:
    """Return what a message means that has nothing but such words, or marks alone; None for any other."""
    words = _words(text)
    if not words:
        return SmallTalk.WORDLESS if _is_marks(text) else None
    kinds: set[SmallTalk] = set()
    at = 0
    while at < len(words):
        phrase = _phrase_at(words, at)
        if phrase:
            kinds.add(_KINDS[phrase])
            at += len(phrase)
        elif words[at] in _BESIDE:
            at += 1
        else:
            return None
    return next((kind for kind in SmallTalk if kind in kinds), None)


def searched_for(text: str) -> str:
    """Return what of a message is worth a search, nothing of small talk."""
    return "" if small_talk(text) else bare(text)


def bare(question: str) -> str:
    """Return a question without the greeting before it and the thanks after it."""
    opened = _OPENING.sub("", question) or question
    end = max(0, len(opened) - _CLOSING_CHARACTERS)
    return opened[:end] + _CLOSING.sub("", opened[end:]) or opened


def _is_marks(text: str) -> bool:
    """Whether a text has nothing but punctuation and signs; a picture of a thumb says something, so it is none."""
    marks = "".join(text.split())
    return bool(marks) and all(
        category(mark) in _MARKS or category(mark)[0] == "P" for mark in marks
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))


def _phrase_at(words: Sequence[str], at: int) -> tuple[str, ...]:
    """Return the longest phrase that stands at a place, empty when none does."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if phrase in _KINDS:
            return phrase
    return ()
