"""From words to lexemes, learnt from the database's dictionaries and remembered by the process.

The dictionaries (Snowball stemmers with lists of stop words) come with PostgreSQL and are the same in every
database, so what was learnt holds for all workspaces.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import TypeAlias, cast

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.repository import lexemes
from besedka.kernel.knowledge.service.keys import number_of
from besedka.kernel.knowledge.service.words import Language, language_of

REMEMBERED = 60_000
WORD_CHARACTERS = 64  # longer runs of letters and digits are encoded data, no words
_DICTIONARY = {
    Language.RUSSIAN: "pg_catalog.russian_stem",
    Language.ENGLISH: "pg_catalog.english_stem",
}


Lexeme: TypeAlias = tuple[str, int]
"""What a word is searched as, and the number that stands for it in keys (a plain pair: there are many)."""

STOP: Lexeme = ("", 0)
"""Of words that say nothing ("and", "the")."""

_remembered: dict[str, Lexeme] = {}
"""By folded word, oldest first."""


async def learn(conn: Conn, words: Collection[str]) -> dict[str, Lexeme]:
    """Return the lexeme of each of these folded words, STOP for those that say nothing."""
    known = list(map(_remembered.get, words))
    found = dict(zip(words, known, strict=True))
    if None in known:
        unknown = [word for word, lexeme in found.items() if lexeme is None]
        shortened = await _shorten(conn, unknown)
        learnt = {
            word: (lexeme, number_of(lexeme)) if lexeme else STOP
            for word, lexeme in shortened.items()
        }
        _remember(learnt)
        found |= learnt
    return cast(dict[str, Lexeme], found)


async def _shorten(conn: Conn, words: Iterable[str]) -> dict[str, str]:
    """Return the lexemes of words, empty for those that say nothing."""
    by_language: dict[Language, list[str]] = {language: [] for language in Language}
    found: dict[str, str] = {}
    for word in words:
        language = language_of(word)
        if len(word) > WORD_CHARACTERS:
            found[word] = ""
        elif language is None:
            found[word] = word
        else:
            by_language[language].append(word)
    for language, wanted in by_language.items():
        if wanted:
            found |= await lexemes.shorten(conn, _DICTIONARY[language], wanted)
    return found


def _remember(learnt: dict[str, Lexeme]) -> None:
    if len(_remembered) > REMEMBERED:
        for word in list(islice(_remembered, len(_remembered) // 2)):
            del _remembered[word]
    _remembered.update(learnt)
