"""The job that looks for passages of a collection that say nearly the same."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from besedka.core.module import JobContext
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.errors import CollectionNotFound
from besedka.kernel.knowledge.repository.check import CheckRepository
from besedka.kernel.knowledge.service.alike import Twins
from besedka.kernel.knowledge.types import ChunkId, Collection, CollectionId

AT_ONCE = 500
MOST_PARTS = 400
"""Of a collection of 200,000 passages the newest are not compared any more."""
_FIRST = UUID(int=0)

Alike = tuple[ChunkId, ChunkId, int]


async def compare(context: JobContext, *, collection_id: str) -> None:
    """Compare a collection's passages, part by part, and keep the pairs that are alike."""
    wanted = CollectionId(UUID(collection_id))
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        try:
            collection = await service.get_collection(conn, wanted)
        except CollectionNotFound:
            return
    pairs = await _pairs(context, collection)
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await CheckRepository(conn).keep(wanted, pairs)


async def _pairs(context: JobContext, collection: Collection) -> list[Alike]:
    twins, found, last = Twins[ChunkId](), list[Alike](), _FIRST
    for part in range(MOST_PARTS):
        async with context.runtime.db.fast.acquire(context.workspace) as conn:
            texts = await CheckRepository(conn).texts(collection.id, after=last, limit=AT_ONCE)
        if not texts:
            break
        found += await asyncio.to_thread(_compare, twins, texts)
        last = texts[-1][0]
        done = part * AT_ONCE + len(texts)
        await context.progress(done, max(done, collection.chunks))
    return found


def _compare(twins: Twins[ChunkId], texts: Sequence[tuple[ChunkId, str]]) -> list[Alike]:
    seen = ((chunk, twins.add(chunk, text)) for chunk, text in texts)
    return [(chunk, *twin) for chunk, twin in seen if twin is not None]
