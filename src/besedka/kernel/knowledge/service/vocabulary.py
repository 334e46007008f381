"""Which lexemes of a collection the process knows to be stored, so that indexing writes only the new ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from besedka.kernel.knowledge.service.lexicon import Lexeme
from besedka.kernel.knowledge.types import CollectionId

REMEMBERED = 200_000


@dataclass(slots=True)
class _Known:
    version: int
    lexemes: set[str] = field(default_factory=set)


_known: dict[CollectionId, _Known] = {}
"""Least recently indexed first."""


def new_lexemes(
    collection: CollectionId, *, version: int, words: Mapping[str, Lexeme]
) -> Mapping[str, str]:
    """Return the lexemes of some words that may not be stored yet, with a spelling of each.

    `version` is the collection's `vocabulary`. A stop word is its own lexeme, without a spelling. Numbers are left
    out: they are never corrected, and have no family.
    """
    lexemes = {lexeme or word for word, (lexeme, _) in words.items()}
    known = _known.get(collection)
    if known is not None and known.version == version:
        lexemes -= known.lexemes
    if not lexemes:
        return {}
    return {
        text: word if lexeme else ""
        for word, (lexeme, _) in words.items()
        if (text := lexeme or word) in lexemes and text.isalpha()
    }


def remember(collection: CollectionId, *, version: int, lexemes: Iterable[str]) -> None:
    """Note that lexemes are stored. Call after the commit."""
    known = _known.pop(collection, None)
    if known is None or known.version != version:
        known = _Known(version)
    known.lexemes.update(lexemes)
    _known[collection] = known
    while sum(len(each.lexemes) for each in _known.values()) > REMEMBERED:
        _known.pop(next(iter(_known)))
