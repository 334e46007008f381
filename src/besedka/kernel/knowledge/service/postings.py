"""From passages to what the search index holds of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.repository.index import Posting
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.lexicon import STOP, Lexeme
from besedka.kernel.knowledge.service.words import words

MOST = 255  # a count is stored in a byte


@dataclass(frozen=True, slots=True)
class Analysed:
    """The postings of passages in order, and the different words in them."""

    postings: list[Posting]
    words: dict[str, Lexeme]


async def analyse(conn: Conn, title: str, passages: Sequence[Chunk], *, salt: int) -> Analysed:
    """Return what the index has to hold of a source's passages.

    A passage is also found by its title and headings: each of their words counts as one more occurrence.
    """
    texts = [words(passage.text) for passage in passages]
    paths = {passage.heading_path for passage in passages}
    above = {path: set(words(" ".join((title, *path)))) for path in paths}
    lexemes = await lexicon.learn(conn, set(chain(*texts, *above.values())))
    keys = {word: number ^ salt for word, (_, number) in lexemes.items()}
    postings = [
        _posting(text, above[passage.heading_path], keys, stop=STOP[1] ^ salt)
        for text, passage in zip(texts, passages, strict=True)
    ]
    return Analysed(postings, lexemes)


def _posting(
    text: Sequence[str], above: Iterable[str], keys: Mapping[str, int], *, stop: int
) -> Posting:
    counted = Counter(map(keys.__getitem__, text))
    length = len(text) - counted.pop(stop, 0)
    for key in {keys[word] for word in above}:
        counted[key] += 1
    counted.pop(stop, None)
    counts = counted.values()
    if counted and max(counts) > MOST:
        return Posting(list(counted), bytes(min(count, MOST) for count in counts), length)
    return Posting(list(counted), bytes(counts), length)
