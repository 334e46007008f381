"""Searching: from a question to the passages that fit it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from uuid import UUID

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.errors import PassageNotFound
from besedka.kernel.knowledge.repository.search import Found, FoundRepository, Sums, sums
from besedka.kernel.knowledge.service import close_reading, shelves
from besedka.kernel.knowledge.service.fusion import fuse
from besedka.kernel.knowledge.service.query import Planner, Query
from besedka.kernel.knowledge.service.quote import Sentence, window
from besedka.kernel.knowledge.service.tables import readable
from besedka.kernel.knowledge.service.vectors import (
    EMBEDDED_CHARACTERS,
    Near,
    Vectors,
    nearest,
)
from besedka.kernel.knowledge.types import ChunkId, CollectionId, Hit, Retrieval, SourceId
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.service import Provider

log = structlog.get_logger(__name__)

NEAR_CONFIDENCE = 0.6
PROMISING = 50
READ = 20
SENTENCE_WEIGHT = 0.5
HEADING_WEIGHT = 0.25
# A heading with every word of the question asks the same: what stands under it goes before a passage about something
# else whose sentences happen to have the words ("What does assembly of a gazebo cost", when a gazebo was asked about).
ASKING_HEADING_WEIGHT = 0.25
FEWEST_ASKED = 2
# "How much is delivery? — And pickup?": a heading that names the new subject answers, whatever was carried over, and
# what was carried over answers nothing by itself: passages that lack the subject come last.
SUBJECT_SHARE = 0.7
SUBJECT_WEIGHT = 0.5
SUBJECT_LESS_WEIGHT = 0.5
# Where its text alone speaks of the new subject, as the answer of a pair does, that is enough, as it were if nothing had
# been carried over.
DIGITS = 9
"""Of a confidence: fewer than floating point has, where the order of a sum shows."""
TOLD_CONFIDENCE = 0.6


class LookUp(Enum):
    """What has to be looked up first."""

    PROVIDER = "provider"


@dataclass(slots=True)
class _Read:
    """A passage that was read closely; of its lexemes those are looked at that were `asked`."""

    passage: close_reading.Passage
    asked: frozenset[str]
    score: float
    is_asked: bool = False
    """Whether it answers a question–answer pair whose question has the very words that were asked."""
    named: float = 0.0
    """How much of the new subject of a follow-up its own heading names; the title where it has none."""
    told: float = 0.0
    """How much of it stands anywhere in the passage."""
    lacks_subject: bool = False
    closeness: float | None = None
    """How well it fits, once that is known."""

    @property
    def found(self) -> Found:
        """The passage as it is stored."""
        return self.passage.found

    @property
    def sentences(self) -> list[Sentence]:
        """Its sentences."""
        return [
            Sentence(place, said & self.asked, is_row)
            for place, is_row, said in self.passage.sentences
        ]

    @property
    def lexemes(self) -> frozenset[str]:
        """All that the passage is found by."""
        said = (said for *_, said in self.passage.sentences)
        return self.asked.intersection(
            frozenset().union(self.passage.title, self.passage.heading, *said)
        )


@dataclass(frozen=True, slots=True)
class Searched:
    """A search, before it is shown: its query, its passages in their orders, and how sure it is."""

    query: Query
    order: Sequence[_Read] = ()
    by_words: Sequence[_Read] = ()
    near: Near = field(default_factory=Near)
    reranked: bool = False


async def retrieve(
    runtime: Runtime, workspace: WorkspaceId, collections: Sequence[UUID], question: str, *, limit: int = 8,
    provider: Provider | LookUp | None = LookUp.PROVIDER, subject: str = "",
) -> Retrieval:  # fmt: skip
    """Return the passages of some collections that fit a question, at most 20, best first.

    Ranking is BM25 over lexemes, with words of the same family and corrected spellings, plus half of what the
    passage's best sentence and a quarter of what its own heading covers of the question. Where the workspace has
    the models, passages that mean the same join by reciprocal rank, and a reranker has the last word on the order.
    A question–answer pair with the very words of the question stands before all others. Who knows the workspace's
    `provider` gives it; otherwise it is looked up. `subject` are those words of a question that name a new subject,
    where the rest was carried over from the one before.
    """
    found = await search_for(
        runtime, workspace, collections, question, provider=provider, subject=subject
    )
    return Retrieval(
        hits=tuple(hit_of(found.query, each) for each in found.order[:limit]),
        confidence=sureness(found),
        corrected=found.query.corrected,
    )


async def search_for(
    runtime: Runtime, workspace: WorkspaceId, collections: Sequence[UUID], question: str, *,
    provider: Provider | LookUp | None = LookUp.PROVIDER, subject: str = "",
) -> Searched:  # fmt: skip
    """Search, and return all that is known of it."""
    wanted = list(map(CollectionId, collections))
    if isinstance(provider, LookUp):
        provider = await _provider(runtime, workspace)
    if provider is None:
        (query, scores), near = await _search(runtime, workspace, wanted, question), Near()
    else:
        (query, scores), near = await asyncio.gather(
            _search(runtime, workspace, wanted, question),
            nearest(runtime, workspace, provider, collections=wanted, question=question),
        )
    candidates = {**dict.fromkeys(near.chunks, 0.0), **scores}
    if not candidates:
        return Searched(query)
    read = _naming(query, subject, await _read(runtime, workspace, query, candidates))
    by_words = sorted(
        (each for each in read if each.score),
        key=lambda each: (not each.lacks_subject, _closeness(query, each)),
        reverse=True,
    )
    order = _fused(read, by_words, near)
    reranked = provider is not None and bool(provider.rerank_model)
    if provider is not None and reranked:
        order = await _reranked(runtime, workspace, provider, question, order)
    order.sort(key=lambda each: not each.is_asked)
    return Searched(query, order, by_words, near, reranked)


def _naming(query: Query, subject: str, read: list[_Read]) -> list[_Read]:
    """Note which passages are headed by the new subject of a follow-up, and which speak of it."""
    about = query.about(subject) if subject else None
    if about is None or not about.terms:
        return read
    return [
        replace(
            each,
            named=about.coverage(_named_by(each)) / about.total,
            told=(told := about.coverage(each.lexemes) / about.total),
            lacks_subject=not told,
        )
        for each in read
    ]


def _named_by(read: _Read) -> frozenset[str]:
    """Return what was asked of a passage's own heading; of the title where it has none."""
    return read.passage.own_heading & read.asked or read.passage.title & read.asked


async def _provider(runtime: Runtime, workspace: WorkspaceId) -> Provider | None:
    """Return the workspace's provider; one whose key cannot be read is none."""
    try:
        return await llm.find_provider(runtime, workspace)
    except LlmError:
        return None


def _fused(read: Sequence[_Read], by_words: Sequence[_Read], near: Near) -> list[_Read]:
    """Put passages found by words and by meaning into one order."""
    if not near.chunks:
        return list(by_words)
    known = {each.found.chunk_id: each for each in read}
    by_meaning = [chunk for chunk in near.chunks if chunk in known]
    fused = fuse([[each.found.chunk_id for each in by_words], by_meaning])
    return [known[chunk] for chunk in fused[:READ]]


async def _reranked(
    runtime: Runtime, workspace: WorkspaceId, provider: Provider, question: str, order: list[_Read]
) -> list[_Read]:
    """Let the reranker put passages into order; as they are when it does not answer in time."""
    texts = [f"{each.found.title}\n\n{each.passage.text}"[:EMBEDDED_CHARACTERS] for each in order]
    try:
        async with asyncio.timeout(runtime.get(Vectors).rerank_seconds):
            ranked = await llm.rerank(
                runtime, workspace, provider, query=question[:EMBEDDED_CHARACTERS], documents=texts
            )
    except (LlmError, TimeoutError) as error:
        log.info("passages in their own order", cause=type(error).__name__)
        return order
    first = dict.fromkeys(each.place for each in ranked)
    return [order[place] for place in {**first, **dict.fromkeys(range(len(order)))}]


def sureness(found: Searched) -> float:
    """Return how much of a question the passages answer: by its words, or where the meaning is clearly near, enough.

    A pair that was written for the very question answers all of it.
    """
    if found.order and found.order[0].is_asked:
        return 1.0
    words_say = _confidence(found.query, found.by_words[0]) if found.by_words else 0.0
    return max(words_say, NEAR_CONFIDENCE) if found.near.is_clear else words_say


async def get_passage(conn: TenantConn, chunk_id: UUID) -> Hit:
    """Return a passage by its id, without a score. Raises PassageNotFound."""
    chunk = ChunkId(chunk_id)
    found = (await FoundRepository(conn).read([chunk])).get(chunk)
    if found is None:
        raise PassageNotFound
    return _shown(found, text=readable(found.text).text)


async def _search(
    runtime: Runtime, workspace: WorkspaceId, collections: Sequence[CollectionId], question: str
) -> tuple[Query, Mapping[ChunkId, float]]:
    sums = await sums_of(runtime, workspace, collections)
    async with runtime.db.system.acquire() as conn:
        query = await Planner(conn, workspace, collections).plan(question, sums)
        if not query.wanted:
            return query, {}
        scores = await shelves.best(conn, workspace, query, limit=PROMISING)
    return query, dict(list(scores.items())[:READ])


async def sums_of(
    runtime: Runtime, workspace: WorkspaceId, collections: Sequence[CollectionId]
) -> Sums:
    """Return what ranking has to know of collections, as they are now."""

    async def read() -> Sums:
        async with runtime.db.system.acquire() as conn:
            return await sums(conn, workspace, collections)

    return await runtime.reads.one(("sums", workspace, frozenset(collections)), read)


async def _read(
    runtime: Runtime, workspace: WorkspaceId, query: Query, scores: Mapping[ChunkId, float]
) -> list[_Read]:
    """Read the best passages sentence by sentence."""

    async def read(chunks: Sequence[ChunkId]) -> Mapping[ChunkId, Found]:
        async with runtime.db.fast.acquire(workspace) as conn:
            return await FoundRepository(conn).read(chunks)

    found = await runtime.reads.many(("passages", workspace), scores.keys(), read)
    passages = await close_reading.read(
        runtime, workspace, [found[chunk] for chunk in scores if chunk in found]
    )
    asked = frozenset(query.idf)
    terms = {term.lexeme for term in query.terms}
    return [
        _Read(each, asked, scores[chunk], is_asked=bool(terms) and each.question == terms)
        for chunk in scores
        if (each := passages.get(chunk)) is not None
    ]


def _closeness(query: Query, read: _Read) -> float:
    if read.closeness is None:
        read.closeness = _fit(query, read)
    return read.closeness


def _fit(query: Query, read: _Read) -> float:
    heading, own_heading = read.passage.heading & read.asked, read.passage.own_heading & read.asked
    said = (said & read.asked for *_, said in read.passage.sentences)
    best = max((query.coverage(each | heading) for each in said if each), default=0.0)
    best = max(best, query.coverage(heading) if read.passage.sentences else 0.0)
    headed = HEADING_WEIGHT * query.coverage(own_heading)
    terms = {term.lexeme for term in query.terms}
    asks = len(terms) >= FEWEST_ASKED and terms <= own_heading
    more = ASKING_HEADING_WEIGHT * query.total if asks else 0.0
    if read.named >= SUBJECT_SHARE:
        more += SUBJECT_WEIGHT * query.total
    closeness = read.score + SENTENCE_WEIGHT * best + headed + more
    return SUBJECT_LESS_WEIGHT * closeness if read.lacks_subject else closeness


def _confidence(query: Query, read: _Read) -> float:
    """Return how much of a question a passage answers; guessed words count once, however often they occur."""
    if read.lacks_subject:
        return 0.0
    score = min(read.score, query.coverage(read.lexemes)) if query.corrected else read.score
    named = read.named if read.named >= SUBJECT_SHARE else 0.0
    told = TOLD_CONFIDENCE if read.told >= SUBJECT_SHARE else 0.0
    return round(min(max(score / query.total, named, told), 1.0), DIGITS)


def hit_of(query: Query, read: _Read) -> Hit:
    """Return a passage as it is shown to whoever asked."""
    text, sentences = read.passage.text, read.sentences
    quoted = text[window(sentences, query.coverage)] if sentences else text
    return _shown(read.found, text=text, score=_closeness(query, read), quote=quoted)


def _shown(found: Found, *, text: str, score: float = 0.0, quote: str = "") -> Hit:
    """Return a passage as it is shown; a heading that only repeats the title is left out."""
    heading = found.heading[1:] if found.heading[:1] == (found.title,) else found.heading
    return Hit(
        chunk_id=found.chunk_id, source_id=SourceId(found.source_id), title=found.title, heading=heading,
        text=text, score=score, page=found.page, url=found.url, quote=quote,
    )  # fmt: skip
