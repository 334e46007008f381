"""From words to lexemes, learnt from the database's dictionaries and remembered by the process.

The dictionaries (Snowball stemmers with lists of stop words) come with PostgreSQL and are the same in every
database, so what was learnt holds for all workspaces.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

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


class Lexeme(NamedTuple):
    """What a word is searched as. `number` stands for it in keys."""

    text: str
    number: int


STOP = Lexeme("", 0)
"""Of words that say nothing ("and", "the")."""

_remembered: dict[str, Lexeme] = {}
"""By folded word, oldest first."""


async def learn(conn: Conn, words: Iterable[str]) -> dict[str, Lexeme]:
    """Return the lexeme of each of these folded words, STOP for those that say nothing."""
    found = {word: _remembered.get(word) for word in words}
    unknown = [word for word, lexeme in found.items() if lexeme is None]
    if unknown:
        learnt = dict(_lexemes_of(unknown, await _shorten(conn, unknown)))
        _remember(learnt)
        found |= learnt
    return found  # type: ignore[return-value]  # what was None has been learnt


async def _shorten(conn: Conn, words: Iterable[str]) -> dict[str, str | None]:
    by_language: dict[Language, list[str]] = {language: [] for language in Language}
    for word in words:
        if (language := language_of(word)) is not None and len(word) <= WORD_CHARACTERS:
            by_language[language].append(word)
    found: dict[str, str | None] = {}
    for language, wanted in by_language.items():
        if wanted:
            found |= await lexemes.shorten(conn, _DICTIONARY[language], wanted)
    return found


def _lexemes_of(
    words: Iterable[str], shortened: dict[str, str | None]
) -> Iterator[tuple[str, Lexeme]]:
    for word in words:
        text = shortened.get(word, word)
        is_word = text is not None and len(word) <= WORD_CHARACTERS
        yield word, Lexeme(text, number_of(text)) if text is not None and is_word else STOP


def _remember(learnt: dict[str, Lexeme]) -> None:
    if len(_remembered) > REMEMBERED:
        for word in list(islice(_remembered, len(_remembered) // 2)):
            del _remembered[word]
    _remembered.update(learnt)
