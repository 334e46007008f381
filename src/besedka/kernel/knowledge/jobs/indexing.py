"""Jobs of sources: read one, sweep up words, find sources that were left behind."""

from datetime import timedelta
from uuid import UUID

import structlog

from besedka.core import clock
from besedka.core.errors import BesedkaError
from besedka.core.module import JobContext
from besedka.kernel.knowledge.errors import IndexingStopped
from besedka.kernel.knowledge.repository import sources
from besedka.kernel.knowledge.repository.sources import SourceRepository
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.service.keeping import keep
from besedka.kernel.knowledge.service.reading import Reading, fingerprint, read
from besedka.kernel.knowledge.types import CollectionId, Source, SourceId, SourceKind, SourceState

log = structlog.get_logger(__name__)

STARTED, READ, ALL = 5, 50, 100
ABANDONED_AFTER = timedelta(minutes=2)
ABANDONED_AT_ONCE = 100


async def index(context: JobContext, *, source_id: str) -> None:
    """Read a source and make it searchable. A permanent reason, or the last one, stays on its row."""
    source = await _begin(context, SourceId(UUID(source_id)))
    if source is None:
        return
    try:
        await _store(context, source, await read(context.runtime, context.workspace, source))
    except BesedkaError as error:
        if not error.permanent and not context.last_attempt:
            raise
        log.info("source refused", source=source_id, code=error.code)
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            await indexing.fail(conn, source, error)


async def _begin(context: JobContext, source_id: SourceId) -> Source | None:
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        repository = SourceRepository(conn)
        source = await repository.find(source_id)
        if source is not None:
            await repository.set_progress(source_id, state=SourceState.WORKING, percent=STARTED)
    return source


async def _store(context: JobContext, source: Source, reading: Reading) -> None:
    lanes = context.runtime.db.fast
    if source.kind is SourceKind.URL and not await _has_changed(context, source, reading):
        return
    async with lanes.acquire(context.workspace) as conn:
        if len(reading.passages) > indexing.AT_ONCE:
            await SourceRepository(conn).set_progress(
                source.id, state=SourceState.WORKING, percent=READ
            )
            await context.progress(READ, ALL)
        if source.indexed_at is not None:
            reading = await keep(conn, source.id, reading)
        analysed = await indexing.analyse_in_parts(conn, source, reading.passages)
    async with lanes.transaction(context.workspace) as conn:
        await indexing.store(conn, source, reading=reading, analysed=analysed)


async def _has_changed(context: JobContext, source: Source, reading: Reading) -> bool:
    """Whether an address says something else than what is indexed of it; if not, its passages keep their ids."""
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        repository = SourceRepository(conn)
        is_new = await repository.note_read(source.id, content=fingerprint(reading))
        if not is_new:
            await repository.stay(source.id)
    return is_new


async def sweep(context: JobContext, *, collection_id: str) -> None:
    """Remove the words of a collection that no passage has any more."""
    last: str | None = ""
    while last is not None:
        async with context.runtime.db.system.transaction() as conn:
            last = await indexing.sweep(
                conn, context.workspace, CollectionId(UUID(collection_id)), after=last
            )


async def give_up_abandoned(context: JobContext) -> None:
    """Say of sources whose job ended without a word (a crash at every attempt) that they cannot be read."""
    async with context.runtime.db.system.acquire() as conn:
        left = await sources.abandoned(
            conn, since=clock.now() - ABANDONED_AFTER, limit=ABANDONED_AT_ONCE
        )
    for workspace, source_id in left:
        async with context.runtime.db.fast.transaction(workspace) as tenant:
            source = await SourceRepository(tenant).find(source_id)
            if source is not None:
                await indexing.fail(tenant, source, IndexingStopped())
