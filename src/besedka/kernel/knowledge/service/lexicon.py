"""From words to lexemes, learnt from the database's dictionaries and remembered by the process.

The dictionaries (Snowball stemmers with lists of stop words) come with PostgreSQL and are the same in every
database, so what was learnt holds for all workspaces.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.repository import lexemes
from besedka.kernel.knowledge.service.words import Language, language_of

REMEMBERED = 60_000
_DICTIONARY = {
    Language.RUSSIAN: "pg_catalog.russian_stem",
    Language.ENGLISH: "pg_catalog.english_stem",
}

_remembered: dict[str, str | None] = {}
"""Folded word → lexeme; None for a stop word. Oldest first."""


async def learn(conn: Conn, words: set[str]) -> dict[str, str | None]:
    """Return the lexeme of each of these folded words; None for one that says nothing ("and", "the")."""
    unknown = words - _remembered.keys()
    found = {word: _remembered[word] for word in words - unknown}
    if unknown:
        learnt = await _look_up(conn, unknown)
        _remember(learnt)
        found |= learnt
    return found


async def _look_up(conn: Conn, unknown: Iterable[str]) -> dict[str, str | None]:
    by_language: dict[Language, list[str]] = {language: [] for language in Language}
    found: dict[str, str | None] = {}
    for word in unknown:
        language = language_of(word)
        if language is None:
            found[word] = word
        else:
            by_language[language].append(word)
    for language, wanted in by_language.items():
        if wanted:
            found |= await lexemes.shorten(conn, _DICTIONARY[language], wanted)
    return found


def _remember(learnt: Mapping[str, str | None]) -> None:
    _remembered.update(learnt)
    if len(_remembered) > REMEMBERED:
        for word in list(islice(_remembered, len(_remembered) // 2)):
            del _remembered[word]


async def lexemes_of(conn: Conn, words: Sequence[str]) -> list[str]:
    """Return the lexemes of folded words in order, without stop words."""
    known = await learn(conn, set(words))
    return [lexeme for word in words if (lexeme := known[word]) is not None]
