"""From passages to what the search index holds of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.repository.index import Posting
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.keys import keys_of
from besedka.kernel.knowledge.service.words import words

MOST = 32_767  # a count is stored in 16 bits


@dataclass(frozen=True, slots=True)
class Analysed:
    """The postings of passages in order, and the different words in them."""

    postings: list[Posting]
    vocabulary: set[str]


async def analyse(conn: Conn, title: str, passages: Sequence[Chunk], *, salt: int) -> Analysed:
    """Return what the index has to hold of a source's passages.

    A passage is also found by its title and headings: each of their words counts as one more occurrence.
    """
    texts = [words(passage.text) for passage in passages]
    title_words = words(title)
    headings = {path: words(" ".join(path)) for path in {each.heading_path for each in passages}}
    vocabulary = set(chain(title_words, *texts, *headings.values()))
    lexemes = await lexicon.learn(conn, vocabulary)
    above = {
        path: {lexemes[word] for word in chain(title_words, heading)}
        for path, heading in headings.items()
    }
    postings = [
        _posting([lexemes[word] for word in text], above[passage.heading_path], salt)
        for text, passage in zip(texts, passages, strict=True)
    ]
    return Analysed(postings, vocabulary)


def _posting(text: Sequence[str | None], above: set[str | None], salt: int) -> Posting:
    counted = Counter(text)
    length = len(text) - counted.pop(None, 0)
    counted.update(above)
    counted.pop(None, None)
    found: list[str] = [lexeme for lexeme in counted if lexeme is not None]
    counts = [min(count, MOST) for count in counted.values()]
    return Posting(keys_of(found, salt), counts, length)
