"""Jobs of the trash and of passages' use: post again what was taken out, purge what is old, add up."""

from uuid import UUID

from besedka.core import clock
from besedka.core.module import JobContext
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.repository import passages, sources, trash, versions
from besedka.kernel.knowledge.service import trash as service
from besedka.kernel.knowledge.types import SourceId

PURGED_AT_ONCE = 100
USES_AT_ONCE = 2000


async def restore(context: JobContext, *, source_id: str) -> None:
    """Make the passages of a source that was taken out of the trash searchable, part by part."""
    source = SourceId(UUID(source_id))
    async with context.runtime.db.fast.acquire(context.workspace) as conn:
        parts = await service.parts_to_restore(conn, source)
    for done, part in enumerate(parts, 1):
        await _restore_part(context, part)
        await context.progress(done, len(parts))
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        try:
            await service.end_restoring(conn, source)
        except SourceNotFound:
            return  # it was deleted again meanwhile


async def _restore_part(context: JobContext, part: SourceId) -> None:
    last: int | None = -1
    while last is not None:
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            last = await service.restore_part(conn, part, after=last)


async def purge(context: JobContext) -> None:
    """Delete for good what has lain in the trash for too long, and the versions of as long ago, in all workspaces."""
    before = clock.now() - service.KEPT_FOR
    async with context.runtime.db.system.transaction() as conn:
        old = await trash.old(conn, before=before, limit=PURGED_AT_ONCE)
        await versions.forget(conn, before=before)
        await sources.forget_collections(conn, before=before)
    for workspace, source_id in old:
        async with context.runtime.db.fast.transaction(workspace) as tenant:
            try:
                await service.destroy_source(tenant, source_id)
            except SourceNotFound:
                continue  # somebody emptied the trash


async def add_up_uses(context: JobContext) -> None:
    """Add up which passages answers had before them."""
    async with context.runtime.db.system.transaction() as conn:
        uses = await passages.take_uses(conn, limit=USES_AT_ONCE)
        if uses:
            await passages.add_up(conn, uses)
