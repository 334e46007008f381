"""The database's own dictionaries: they shorten words to lexemes."""

from collections.abc import Sequence

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.repository import arrays


async def shorten(conn: Conn, dictionary: str, words: Sequence[str]) -> dict[str, str | None]:
    """Return the lexemes of folded words; None for words that say nothing ("and", "the")."""
    rows = await conn.fetch(
        "SELECT word, (ts_lexize($1::text::regdictionary, word))[1] AS lexeme"
        " FROM unnest($2::text::text[]) AS word",
        dictionary, arrays.of_words(words),
    )  # fmt: skip
    return {row["word"]: row["lexeme"] for row in rows}
