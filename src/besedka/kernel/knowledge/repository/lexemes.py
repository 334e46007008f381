"""The database's own dictionaries: they shorten words to lexemes."""

from collections.abc import Sequence

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.repository import arrays


async def shorten(conn: Conn, dictionary: str, words: Sequence[str]) -> dict[str, str]:
    """Return the lexemes of folded words; empty for words that say nothing ("and", "the")."""
    rows = await conn.fetch(
        "SELECT word, coalesce((ts_lexize($1::text::regdictionary, word))[1], '') AS lexeme"
        " FROM unnest($2::text::text[]) AS word",
        dictionary, arrays.of_words(words),
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}
