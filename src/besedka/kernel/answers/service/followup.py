"""Questions that only mean something after the one before: "How much is delivery? — And to Kazan?". Pure.

Without a model the subject is carried over by these rules, on short messages only:

1. *A part is replaced*: "and", "what about" or nothing before a few words without a question word. With a preposition
   ("to Kazan") they take the place of the phrase with such a preposition in the question before, or stand after it.
   Without one ("and assembly?") they take the place of what it asked about: the last word of "How much is delivery",
   the first one of "Is delivery free".
2. *The subject is added*: the message asks something, but about "it", or about nothing ("and how long does it take?",
   "how much?"). The words of the question before are put in front of it.

Anything else stands for itself.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from besedka.kernel.answers.service.smalltalk import bare, small_talk

MOST_WORDS = 7
MOST_NEW_WORDS = 5
CHARACTERS = 400

_WORD = re.compile(r"[\w+#-]+")
_CONNECTIVE = re.compile(
    r"^\W*(?:(?:ну\s+)?а\s+(?:если|что\s+(?:насчет|по|с|про)|как\s+насчет|как\s+же|вот)|ну\s+а|как\s+насчет|что\s+насчет"
    r"|а|и|но|and\s+what\s+about|and\s+how\s+about|what\s+about|how\s+about|and\s+if|but\s+what\s+about"
    r"|and|but|or)\b[\s,:–—-]*",
    re.IGNORECASE,
)
_ASKING = frozenset((
    "сколько", "как", "какой", "какая", "какое", "какие", "какую", "каких", "какова", "каковы", "где", "куда", "откуда",
    "когда", "почему", "зачем", "что", "кто", "чем", "кому", "чей", "можно", "ли", "есть", "нужно", "надо", "бывает",
    "how", "what", "where", "when", "why", "who", "which", "whose", "can", "could", "do", "does", "did", "is", "are",
    "will", "would", "should", "may", "have", "has", "much", "many",
))  # fmt: skip
_WH = frozenset((
    "сколько", "как", "какой", "какая", "какое", "какие", "какую", "каких", "какова", "каковы", "где", "куда", "откуда",
    "когда", "почему", "зачем", "что", "кто", "чем", "how", "what", "where", "when", "why", "who", "which",
))  # fmt: skip
_LIGHT = frozenset((
    "стоит", "стоят", "стоить", "стоимость", "цена", "цены", "цене", "будет", "будут", "долго", "быстро", "скоро",
    "занимает", "длится", "идет", "идут", "по", "времени", "времена", "срок", "сроки", "сроку", "примерно", "обычно",
    "именно", "дней", "часов", "дорого", "дешево", "бесплатно", "платно", "у", "вас", "мне", "я", "вы", "мы",
    "cost", "costs", "price", "prices", "long", "soon", "fast", "take", "takes", "last", "lasts", "it", "you", "i",
    "we", "the", "a", "an", "to", "be", "free", "expensive", "cheap", "exactly", "usually", "days", "hours", "there",
))  # fmt: skip
_PRONOUNS = frozenset((
    "он", "она", "оно", "они", "его", "ее", "их", "ему", "ей", "им", "ним", "ней", "нем", "нее", "него", "них", "это",
    "этот", "эта", "эти", "этого", "этом", "этой", "этим", "этих", "эту", "туда", "там", "оттуда", "такой", "такая",
    "такую", "такие", "it", "its", "they", "them", "their", "this", "these", "those", "one", "ones",
))  # fmt: skip
_PREPOSITIONS = {
    **dict.fromkeys(("в", "во", "на", "до", "к", "ко", "по"), "to"),
    **dict.fromkeys(("из", "от", "с", "со"), "from"),
    **dict.fromkeys(("to", "into", "in", "at", "on", "within", "outside"), "to en"),
    **{
        word: word
        for word in ("для", "без", "через", "за", "под", "при", "после", "перед", "у", "from", "for", "with", "without",
                     "by", "after", "before")
    },
}  # fmt: skip
"""Preposition → those that may stand in for each other."""
_INFINITIVE = re.compile(r"(?:ть|ти|чь|ться|тись)$")
_ARTICLES = frozenset(("the", "a", "an", "your", "my", "our", "любой", "ваша", "ваш", "ваши", "вашу"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """A question with what was said before it. `subject` are its own words where they name another subject."""

    text: str
    subject: str = ""


def carried(question: str, earlier: Iterable[str]) -> Carried | None:
    """Return what a question asks with the subject of those before it, oldest first; None when it stands for itself."""
    context = ""
    for each in earlier:
        if small_talk(each) is None and each.strip():
            found = _carry(each, context)
            context = found.text if found else each
    return _carry(question, context)


def _carry(question: str, context: str) -> Carried | None:
    said = bare(question).strip()
    rest = _CONNECTIVE.sub("", said, count=1)
    words, before = _words(rest), _words(context[:CHARACTERS])
    if not words or not before or len(_words(said)) > MOST_WORDS:
        return None
    folded = [_fold(word) for word in words]
    if _lacks_subject(folded):
        own = (word for word in words if _fold(word) not in _PRONOUNS)
        return Carried(" ".join([*_subject(before), *own]))
    is_fragment = rest != said and len(words) <= MOST_NEW_WORDS
    if folded[0] in _PREPOSITIONS and len(words) <= MOST_NEW_WORDS:
        is_fragment = True
    if not is_fragment or not _ASKING.isdisjoint(folded):
        return None
    kind = _PREPOSITIONS.get(folded[0])
    names = kind is None and not _LIGHT.issuperset(folded)
    subject = " ".join(words) if names else ""
    return Carried(" ".join(_replaced(before, words, kind=kind)), subject)


def _lacks_subject(folded: Sequence[str]) -> bool:
    """Whether a message asks about "it", or asks without naming anything."""
    if not _PRONOUNS.isdisjoint(folded):
        return True
    asks = not _ASKING.isdisjoint(folded)
    return asks and all(word in _ASKING or word in _LIGHT for word in folded)


def _subject(before: Sequence[str]) -> list[str]:
    """Return the words of the question before that say what it is about."""
    told = [word for word in before if _fold(word) not in _ASKING | _PRONOUNS | _LIGHT]
    return told or list(before)


def _replaced(before: Sequence[str], new: Sequence[str], *, kind: str | None) -> list[str]:
    if kind is not None:
        start, stop = _phrase(before, kind)
        return [*before[:start], *new, *before[stop:]]
    at = _asked_about(before)
    return [*before, *new] if at is None else [*before[:at], *new, *before[at + 1 :]]


def _phrase(before: Sequence[str], kind: str) -> tuple[int, int]:
    """Return where the phrase with such a preposition stands; the end when there is none."""
    folded = [_fold(word) for word in before]
    start = next(
        (at for at, word in enumerate(folded) if _PREPOSITIONS.get(word) == kind), len(before)
    )
    stop = next(
        (at for at in range(start + 1, len(before)) if folded[at] in _PREPOSITIONS), len(before)
    )
    return start, stop


def _asked_about(before: Sequence[str]) -> int | None:
    """Return the place of the word that the question before asked about; None when nothing else would be left."""
    folded = [_fold(word) for word in before]
    end = next((at for at, word in enumerate(folded) if word in _PREPOSITIONS), len(before))
    told = [
        at
        for at in range(end)
        if folded[at] not in _ASKING | _LIGHT | _ARTICLES and not _INFINITIVE.search(folded[at])
    ]
    if not told:
        return None
    return told[-1] if folded[0] in _WH else told[0]


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _fold(word: str) -> str:
    return word.casefold().replace("ё", "е")
