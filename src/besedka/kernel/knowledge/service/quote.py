"""The part of a passage that fits a question best. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from besedka.kernel.knowledge.service.tables import Readable, readable
from besedka.kernel.knowledge.service.words import sentences, words
from besedka.kernel.knowledge.types import Hit

SENTENCES = 3
CHARACTERS = 600

Coverage = Callable[[frozenset[str]], float]
"""How much of a question some lexemes or words cover."""


class Sentence(NamedTuple):
    """A sentence of a passage: its place and its lexemes. A row of a table is one."""

    place: slice
    lexemes: frozenset[str]
    is_row: bool = False


def places(passage: Readable) -> list[tuple[slice, bool]]:
    """Return where the sentences of a passage are, and which of them are rows."""
    found: list[tuple[slice, bool]] = []
    rows = iter((*passage.rows, slice(len(passage.text), len(passage.text) + 1)))
    row = next(rows)
    for place in sentences(passage.text):
        while place.start >= row.stop:
            row = next(rows)
        if place.start < row.start:
            found.append((place, False))
        elif not found or found[-1][0] != row:
            found.append((row, True))
    return found


def window(parts: Sequence[Sentence], coverage: Coverage) -> slice:
    """Return the place of the neighbouring sentences that together cover most of a question.

    At most three sentences and 600 characters, or one sentence that is longer. Of windows that cover as much,
    the one is taken that has the best sentence nearest to its middle. Of a table, the rows that fit best, or all of
    it after the sentences that lead to it.
    """
    covered = [coverage(each.lexemes) for each in parts]
    centre = covered.index(max(covered))
    if parts[centre].is_row:
        best = _rows(parts, centre, coverage=coverage)
    else:
        best = max(
            _windows(parts, _prose_around(parts, centre)),
            key=lambda found: _value(parts, found, coverage=coverage, centre=centre),
        )
        best = _with_table(parts, best)
    return slice(parts[best.start].place.start, parts[best.stop - 1].place.stop)


def _rows(parts: Sequence[Sentence], first: int, *, coverage: Coverage) -> range:
    """Return the best row with those after it that cover as much."""
    most, stop = coverage(parts[first].lexemes), first + 1
    while (
        stop < len(parts)
        and parts[stop].is_row
        and coverage(parts[stop].lexemes) >= most
        and _length(parts, first, stop) <= CHARACTERS
    ):
        stop += 1
    return range(first, stop)


def _prose_around(parts: Sequence[Sentence], centre: int) -> range:
    start, stop = centre, centre + 1
    while start > 0 and not parts[start - 1].is_row:
        start -= 1
    while stop < len(parts) and not parts[stop].is_row:
        stop += 1
    return range(start, stop)


def _with_table(parts: Sequence[Sentence], found: range) -> range:
    """Add the whole table that follows, if there is room for it."""
    stop = found.stop
    while stop < len(parts) and parts[stop].is_row:
        stop += 1
    fits = _length(parts, found.start, stop - 1) <= CHARACTERS
    return range(found.start, stop) if fits else found


def _length(parts: Sequence[Sentence], first: int, last: int) -> int:
    characters: int = parts[last].place.stop - parts[first].place.start
    return characters


def _windows(parts: Sequence[Sentence], among: range) -> list[range]:
    """Return every run of sentences that cannot be longer."""
    found: list[range] = []
    for start in among:
        stop = start + 1
        while stop < among.stop and _fits(parts, start=start, last=stop):
            stop += 1
        if not found or stop > found[-1].stop:
            found.append(range(start, stop))
    return found


def _fits(parts: Sequence[Sentence], *, start: int, last: int) -> bool:
    return last - start < SENTENCES and _length(parts, start, last) <= CHARACTERS


def _value(
    parts: Sequence[Sentence], found: range, *, coverage: Coverage, centre: int
) -> tuple[float, float]:
    covered = coverage(frozenset().union(*(parts[at].lexemes for at in found)))
    return covered, -abs((found.start + found.stop - 1) / 2 - centre)


def quote(question: str, hit: Hit) -> str:
    """Return the sentences of a hit that answer a question best; a search has chosen them already."""
    if hit.quote:
        return hit.quote
    asked = set(words(question))
    passage = readable(hit.text)
    parts = [
        Sentence(place, frozenset(words(passage.text[place])), is_row)
        for place, is_row in places(passage)
    ]
    if not parts:
        return passage.text
    return passage.text[window(parts, lambda found: float(len(found & asked)))]
