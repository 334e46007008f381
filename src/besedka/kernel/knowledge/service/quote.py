"""The part of a passage that fits a question best. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from besedka.kernel.knowledge.service.words import sentences, words
from besedka.kernel.knowledge.types import Hit

SENTENCES = 3
CHARACTERS = 600

Coverage = Callable[[set[str]], float]
"""How much of a question some lexemes or words cover."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: its place and its lexemes."""

    place: slice
    lexemes: set[str]


def window(parts: Sequence[Sentence], coverage: Coverage) -> slice:
    """Return the place of the neighbouring sentences that together cover most of a question.

    At most three sentences and 600 characters, or one sentence that is longer. Of windows that cover as much,
    the one is taken that has the best sentence nearest to its middle.
    """
    centre = max(range(len(parts)), key=lambda at: (coverage(parts[at].lexemes), -at))
    best = max(
        _windows(parts), key=lambda found: _value(parts, found, coverage=coverage, centre=centre)
    )
    return slice(parts[best.start].place.start, parts[best.stop - 1].place.stop)


def _windows(parts: Sequence[Sentence]) -> list[range]:
    """Return every run of sentences that cannot be longer."""
    found: list[range] = []
    for start in range(len(parts)):
        stop = start + 1
        while stop < len(parts) and _fits(parts, start=start, last=stop):
            stop += 1
        if not found or stop > found[-1].stop:
            found.append(range(start, stop))
    return found


def _fits(parts: Sequence[Sentence], *, start: int, last: int) -> bool:
    characters = parts[last].place.stop - parts[start].place.start
    return last - start < SENTENCES and characters <= CHARACTERS


def _value(
    parts: Sequence[Sentence], found: range, *, coverage: Coverage, centre: int
) -> tuple[float, float]:
    covered = coverage(set().union(*(parts[at].lexemes for at in found)))
    return covered, -abs((found.start + found.stop - 1) / 2 - centre)


def quote(question: str, hit: Hit) -> str:
    """Return the sentences of a hit that answer a question best; a search has chosen them already."""
    if hit.quote:
        return hit.quote
    asked = set(words(question))
    parts = [Sentence(place, set(words(hit.text[place]))) for place in sentences(hit.text)]
    if not parts:
        return hit.text
    return hit.text[window(parts, lambda found: float(len(found & asked)))]
