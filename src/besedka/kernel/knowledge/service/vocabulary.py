"""Which words of a collection the process knows to be stored, so that indexing writes only the new ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from besedka.kernel.knowledge.service.lexicon import Lexeme
from besedka.kernel.knowledge.types import CollectionId

REMEMBERED = 300_000


@dataclass(slots=True)
class _Known:
    version: int
    words: set[str] = field(default_factory=set)
    """Words whose lexemes are stored, and those lexemes."""


_known: dict[CollectionId, _Known] = {}
"""Least recently indexed first."""


@dataclass(frozen=True, slots=True)
class New:
    """Words that a process meets for the first time in a collection.

    `spellings` are the lexemes to store, each with a word that it stands for. A stop word is its own lexeme, without
    a spelling. Numbers are left out: they are never corrected, and have no family.
    """

    words: set[str]
    spellings: Mapping[str, str]


def find_new(collection: CollectionId, *, version: int, words: Mapping[str, Lexeme]) -> New:
    """Return what may not be stored yet; `version` is the collection's `vocabulary`."""
    known = _known.get(collection)
    stored = known.words if known is not None and known.version == version else set()
    fresh = set(words).difference(stored)
    spellings: dict[str, str] = {}
    for word in fresh:
        lexeme, _ = words[word]
        text = lexeme or word
        if text.isalpha() and text not in stored:
            spellings[text] = word if lexeme else ""
    return New(fresh, spellings)


def remember(collection: CollectionId, *, version: int, words: Iterable[str]) -> None:
    """Note that words and lexemes are stored. Call after the commit."""
    known = _known.pop(collection, None)
    if known is None or known.version != version:
        known = _Known(version)
    known.words.update(words)
    _known[collection] = known
    while sum(len(each.words) for each in _known.values()) > REMEMBERED:
        _known.pop(next(iter(_known)))
