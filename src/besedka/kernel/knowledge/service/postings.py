"""From passages to what the search index holds of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.repository.index import Posting
from besedka.kernel.knowledge.service.vocabulary import Vocabulary
from besedka.kernel.knowledge.service.words import words

MOST = 255  # a count is stored in a byte


@dataclass(frozen=True, slots=True)
class Analysed:
    """The postings of passages in order, and the different words in them, which `vocabulary` knows."""

    vocabulary: Vocabulary
    postings: list[Posting]
    words: set[str]


async def analyse(
    conn: Conn, vocabulary: Vocabulary, *, title: str, passages: Sequence[Chunk]
) -> Analysed:
    """Return what the index has to hold of a source's passages.

    A passage is also found by title and headings: each of their words counts as one more occurrence.
    """
    texts = [words(passage.text) for passage in passages]
    paths = {passage.heading_path for passage in passages}
    above = {path: set(words(" ".join((title, *path)))) for path in paths}
    different = set(chain(*texts, *above.values()))
    await vocabulary.learn(conn, different)
    postings = [
        _posting(text, above[passage.heading_path], vocabulary=vocabulary)
        for text, passage in zip(texts, passages, strict=True)
    ]
    return Analysed(vocabulary, postings, different)


def _posting(text: Sequence[str], above: Iterable[str], *, vocabulary: Vocabulary) -> Posting:
    keys = vocabulary.keys
    counted = Counter(map(keys.__getitem__, text))
    length = len(text) - counted.pop(vocabulary.stop, 0)
    for key in {keys[word] for word in above}:
        counted[key] += 1
    counted.pop(vocabulary.stop, None)
    counts = counted.values()
    if counted and max(counts) > MOST:
        return Posting(list(counted), bytes(min(count, MOST) for count in counts), length)
    return Posting(list(counted), bytes(counts), length)
