"""Why a search found what it found: the same search, with its scores, its orders and the words that counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.query import Query
from besedka.kernel.knowledge.service.retrieve import Searched, hit_of, search_for, sureness
from besedka.kernel.knowledge.service.words import words
from besedka.kernel.knowledge.types import ChunkId, Trace, Traced

# Words as a reader sees them: with the stress marks and soft hyphens that folding takes out.
_SHOWN = re.compile("[\\w\u00ad\u0300\u0301\u200b-\u200f\u2060\ufeff]+")


async def trace(
    runtime: Runtime, workspace: WorkspaceId, collections: Sequence[UUID], question: str, *, limit: int = 10
) -> Trace:  # fmt: skip
    """Search as `retrieve` does, and return how it came about."""
    found = await search_for(runtime, workspace, collections, question)
    query, shown = found.query, found.order[:limit]
    hits = [hit_of(query, each) for each in shown]
    lexemes = await _learn(runtime, workspace, [hit.text for hit in hits])
    by_words = _places(each.found.chunk_id for each in found.by_words)
    by_meaning = _places(found.near.chunks)
    return Trace(
        found=tuple(
            Traced(
                hit, each.score, by_words.get(hit.chunk_id), by_meaning.get(hit.chunk_id),
                tuple(_marks(hit.text, query, lexemes)),
            )
            for hit, each in zip(hits, shown, strict=True)
        ),
        confidence=sureness(found), corrected=query.corrected, unknown=_unknown(found),
        with_meaning=bool(found.near.chunks), reranked=found.reranked,
    )  # fmt: skip


def _places(chunks: Iterable[ChunkId]) -> dict[ChunkId, int]:
    return {chunk: place for place, chunk in enumerate(chunks, 1)}


def _unknown(found: Searched) -> tuple[str, ...]:
    """Return the words of the question that no passage has, in any form or spelling."""
    query = found.query
    return tuple(
        term.word for term in query.terms if not any(lexeme in query.idf for lexeme in term.weights)
    )


async def _learn(
    runtime: Runtime, workspace: WorkspaceId, texts: Sequence[str]
) -> Mapping[str, lexicon.Lexeme]:
    async with runtime.db.fast.acquire(workspace) as conn:
        return await lexicon.learn(conn, {word for text in texts for word in words(text)})


def _marks(text: str, query: Query, lexemes: Mapping[str, lexicon.Lexeme]) -> Iterable[slice]:
    """Find the words of a text that count as words of the question."""
    for place in _SHOWN.finditer(text):
        if any(lexemes.get(word, lexicon.STOP)[0] in query.idf for word in words(place[0])):
            yield slice(*place.span())
