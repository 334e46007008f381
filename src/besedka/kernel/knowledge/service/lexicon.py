"""From words to lexemes, learnt from the database's dictionaries and remembered by the process.

The dictionaries (Snowball stemmers with lists of stop words) come with PostgreSQL and are the same in every
database, so what was learnt holds for all workspaces.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.repository import lexemes
from besedka.kernel.knowledge.service.keys import number_of
from besedka.kernel.knowledge.service.words import Language, language_of

REMEMBERED = 60_000
WORD_CHARACTERS = 64  # longer runs of letters and digits are encoded data, no words
STOP = 0
_DICTIONARY = {
    Language.RUSSIAN: "pg_catalog.russian_stem",
    Language.ENGLISH: "pg_catalog.english_stem",
}

_lexemes: dict[str, str | None] = {}
"""Folded word → lexeme; None for a stop word. Oldest first."""
_numbers: dict[str, int] = {}
"""The same words → the number of their lexeme (`keys.number_of`), or STOP."""


async def learn(conn: Conn, words: set[str]) -> Mapping[str, str | None]:
    """Return a mapping with the lexeme of each of these folded words; None for what says nothing ("and", "the").

    The mapping is the process's own: use it before the next `await`, which may let others drop words from it.
    """
    while unknown := words.difference(_lexemes):
        learnt = await _look_up(conn, unknown)
        _make_room(words)
        _lexemes.update(learnt)
        _numbers.update(
            (word, STOP if lexeme is None else number_of(lexeme)) for word, lexeme in learnt.items()
        )
    return _lexemes


async def learn_numbers(conn: Conn, words: set[str]) -> Mapping[str, int]:
    """Return a mapping like that of `learn`, with the numbers of lexemes and STOP for what says nothing."""
    await learn(conn, words)
    return _numbers


async def _look_up(conn: Conn, unknown: Iterable[str]) -> dict[str, str | None]:
    by_language: dict[Language, list[str]] = {language: [] for language in Language}
    found: dict[str, str | None] = {}
    for word in unknown:
        language = language_of(word)
        if len(word) > WORD_CHARACTERS:
            found[word] = None
        elif language is None:
            found[word] = word
        else:
            by_language[language].append(word)
    for language, wanted in by_language.items():
        if wanted:
            found |= await lexemes.shorten(conn, _DICTIONARY[language], wanted)
    return found


def _make_room(kept: set[str]) -> None:
    """Drop the older half when there is too much."""
    if len(_lexemes) > REMEMBERED:
        for word in list(islice(_lexemes, len(_lexemes) // 2)):
            if word not in kept:
                del _lexemes[word], _numbers[word]
