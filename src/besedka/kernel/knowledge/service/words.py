"""Words of a text: folded, cut out, compared by their letters. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

_WORD = re.compile(r"\w+")
# Soft hyphens, stress marks and joiners stand inside words without being part of them.
_INVISIBLE = re.compile("[\u00ad\u0300\u0301\u200b-\u200f\u2060\ufeff]")
# What closes a sentence stays with it: only the gap that follows is matched.
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"»”’')\]])\s+|\s*\n\s*")
_GRAM = 3


class Language(StrEnum):
    """Whose rules shorten a word to its lexeme."""

    RUSSIAN = "russian"
    ENGLISH = "english"


def fold(text: str) -> str:
    """Return a text in the form in which words are compared: one spelling, lower case, ё as е."""
    text = unicodedata.normalize("NFKC", text)
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return text.lower().replace("ё", "е").replace("_", " ")


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return _WORD.findall(fold(text))


def words_at(text: str, places: Sequence[slice]) -> list[list[str]]:
    """Return the folded words of parts of a text; it is folded once, where that leaves every letter in its place."""
    folded = fold(text)
    if (
        len(folded) == len(text)
        and unicodedata.is_normalized("NFKC", text)
        and not _INVISIBLE.search(text)
    ):
        return [_WORD.findall(folded[place]) for place in places]
    return [words(text[place]) for place in places]


def sentences(text: str) -> list[slice]:
    """Return where the sentences of a passage are; lines of lists, tables and code count as sentences."""
    places, start = [], 0
    for gap in _SENTENCE_END.finditer(text):
        places.append(slice(start, gap.start()))
        start = gap.end()
    places.append(slice(start, len(text)))
    return [place for place in places if text[place].strip()]


def language_of(word: str) -> Language | None:
    """Return the language of a folded word by its letters; None for numbers and other scripts."""
    first = word[0]
    if "a" <= first <= "z":
        return Language.ENGLISH if word.isascii() and word.isalpha() else None
    return Language.RUSSIAN if "а" <= first <= "я" else None


def halves(word: str) -> tuple[str, str]:
    """Return a beginning and an ending of a word, one of which a single wrong letter leaves as it was."""
    return word[: max(2, len(word) // 2)], word[-max(2, (len(word) - 1) // 2) :]


def grams(word: str) -> set[str]:
    """Return the runs of three letters in a word, with two blanks before it and one after it."""
    padded = f"  {word} "
    return {padded[place : place + _GRAM] for place in range(len(padded) - _GRAM + 1)}


def likeness(left: set[str], right: set[str]) -> float:
    """Return which share of the grams of two words they have in common."""
    return len(left & right) / len(left | right)


def distance(left: str, right: str, *, most: int) -> int:
    """Return how many letters have to be put in, left out, replaced or swapped with their neighbour.

    Optimal string alignment; a distance above `most` is returned as `most + 1`.
    """
    if abs(len(left) - len(right)) > most:
        return most + 1
    before, row = [0] * (len(right) + 1), list(range(len(right) + 1))
    for i in range(1, len(left) + 1):
        before, row = row, _next_row(left, right, i=i, before=before, row=row)
        if min(row) > most:
            return most + 1
    return row[-1]


def _next_row(left: str, right: str, *, i: int, before: list[int], row: list[int]) -> list[int]:
    made, letter = [i], left[i - 1]
    for j, other in enumerate(right, 1):
        cost = min(row[j] + 1, made[-1] + 1, row[j - 1] + (letter != other))
        if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
            cost = min(cost, before[j - 2] + 1)
        made.append(cost)
    return made
