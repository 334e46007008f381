"""Passages cut into sentences and lexemes: what a close reading takes, remembered for those that are found again.

A passage that was changed is another passage: what is remembered is compared with what the database holds.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.repository.search import Found
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.query import QUESTION_WORDS
from besedka.kernel.knowledge.service.quote import places
from besedka.kernel.knowledge.service.tables import readable
from besedka.kernel.knowledge.service.words import words, words_at
from besedka.kernel.knowledge.types import ChunkId

REMEMBERED = 2000
"""Passages: about 15 MB."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it is read; words that say nothing are left out."""

    found: Found
    text: str
    """What can be read of it by itself."""
    sentences: Sequence[tuple[slice, bool, frozenset[str]]]
    """Of each its place, whether it is a row of a table, and its lexemes."""
    heading: frozenset[str]
    own_heading: frozenset[str]
    title: frozenset[str]
    question: frozenset[str]
    """Of a question–answer pair, without the words that only ask."""


_remembered: OrderedDict[ChunkId, Passage] = OrderedDict()


async def read(
    runtime: Runtime, workspace: WorkspaceId, found: Iterable[Found]
) -> Mapping[ChunkId, Passage]:
    """Return passages cut into sentences and lexemes; takes a connection for those that are not known."""
    known: dict[ChunkId, Passage] = {}
    unknown: list[Found] = []
    for each in found:
        passage = _remembered.get(each.chunk_id)
        if passage is not None and passage.found == each:
            _remembered.move_to_end(each.chunk_id)
            known[each.chunk_id] = passage
        else:
            unknown.append(each)
    if unknown:
        async with runtime.db.fast.acquire(workspace) as conn:
            cut = await _cut(conn, unknown)
        known |= cut
        _remembered.update(cut)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return known


async def _cut(conn: TenantConn, found: Sequence[Found]) -> dict[ChunkId, Passage]:
    raw = [_Raw.of(each) for each in found]
    occurring = set(chain.from_iterable(chain.from_iterable(each.parts) for each in raw))
    lexemes = await lexicon.learn(conn, occurring)

    def known(said: Iterable[str]) -> frozenset[str]:
        return frozenset(lexeme for word in said if (lexeme := lexemes[word][0]))

    return {
        each.found.chunk_id: Passage(
            each.found, each.text,
            [(*where, known(said)) for where, said in zip(each.places, each.sentences, strict=True)],
            known(each.heading), known(each.own_heading), known(each.title),
            known(word for word in each.question if word not in QUESTION_WORDS),
        )
        for each in raw
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Raw:
    """A passage in words."""

    found: Found
    text: str
    places: Sequence[tuple[slice, bool]]
    sentences: Sequence[list[str]]
    heading: list[str]
    own_heading: list[str]
    title: list[str]
    question: list[str]

    @classmethod
    def of(cls, found: Found) -> "_Raw":
        """Cut a passage into words."""
        passage = readable(found.text)
        where = places(passage)
        said = words_at(passage.text, [place for place, _ in where])
        return cls(
            found, passage.text, where, said, words(" ".join(found.heading)),
            words("".join(found.heading[-1:])), words(found.title), words(found.question or ""),
        )  # fmt: skip

    @property
    def parts(self) -> Iterable[list[str]]:
        """All that it is found by."""
        return (*self.sentences, self.heading, self.own_heading, self.title, self.question)
