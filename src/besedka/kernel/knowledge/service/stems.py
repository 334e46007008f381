"""Stems of texts, for those who compare words in whatever form."""

from collections.abc import Sequence

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.query import QUESTION_WORDS
from besedka.kernel.knowledge.service.words import words


async def stems(conn: Conn, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the stems of each text's words, in order; words that say nothing ("and", "which") are left out."""
    said = [words(each) for each in texts]
    known = await lexicon.learn(conn, {word for each in said for word in each})
    return [
        tuple(stem for word in each if word not in QUESTION_WORDS and (stem := known[word][0]))
        for each in said
    ]
