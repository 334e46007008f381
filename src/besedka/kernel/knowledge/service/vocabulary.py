"""Which words of a collection the process knows to be stored, so that indexing writes only the new ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from besedka.kernel.knowledge.types import CollectionId

REMEMBERED = 200_000


@dataclass(slots=True)
class _Known:
    version: int
    words: set[str] = field(default_factory=set)


_known: dict[CollectionId, _Known] = {}
"""Least recently indexed first."""


def new_words(collection: CollectionId, version: int, words: set[str]) -> set[str]:
    """Return the words that may not be stored yet, given the collection's `vocabulary` version."""
    known = _known.get(collection)
    if known is None or known.version != version:
        return words
    return words - known.words


def remember(collection: CollectionId, version: int, words: Iterable[str]) -> None:
    """Note that words are stored. Call after the commit."""
    known = _known.pop(collection, None)
    if known is None or known.version != version:
        known = _Known(version)
    known.words.update(words)
    _known[collection] = known
    while sum(len(each.words) for each in _known.values()) > REMEMBERED:
        _known.pop(next(iter(_known)))
