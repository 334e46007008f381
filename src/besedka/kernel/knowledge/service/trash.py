"""The trash: what was deleted is not found from the commit on, and can be had back for 30 days; then it is gone.

And versions: what a source said before it was read anew, kept as long.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.errors import (
    CollectionNotFound,
    DocumentBusy,
    SourceNotFound,
    VersionNotFound,
)
from besedka.kernel.knowledge.repository.passages import PassageRepository, Wanted
from besedka.kernel.knowledge.repository.sites import SiteRepository
from besedka.kernel.knowledge.repository.sources import CollectionRepository, SourceRepository
from besedka.kernel.knowledge.repository.trash import TrashRepository
from besedka.kernel.knowledge.repository.vectors import VectorRepository
from besedka.kernel.knowledge.repository.versions import VersionRepository
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.service.keeping import keep
from besedka.kernel.knowledge.service.passages import repost
from besedka.kernel.knowledge.service.reading import Reading
from besedka.kernel.knowledge.service.sites import begin_round, leave_out
from besedka.kernel.knowledge.service.sources import get_source, refresh_source
from besedka.kernel.knowledge.types import (
    Collection,
    CollectionId,
    Source,
    SourceId,
    SourceKind,
    SourceState,
    Version,
)

RESTORE_JOB = "knowledge.restore"
KEPT_FOR = timedelta(days=30)
TRASH = 200


async def delete_source(conn: TenantConn, source_id: UUID) -> None:
    """Put a source into the trash: from the commit on nothing of it is found. Raises SourceNotFound."""
    source = await get_source(conn, source_id)
    repository = TrashRepository(conn)
    if source.parent_id is None:
        gone = await repository.throw(source.id)
    else:
        await SiteRepository(conn).lock(source.parent_id)
        gone = await repository.throw_page(source.id, site_id=source.parent_id)
        await SiteRepository(conn).set_deleted(source.id, is_deleted=True)
    if gone is None:
        raise SourceNotFound
    await VectorRepository(conn).drop_of_trash(source.id)
    if gone.chunks:
        await indexing.defer_sweep(conn, gone.collection_id, gone.vocabulary)


async def destroy_source(conn: TenantConn, source_id: UUID) -> None:
    """Delete a source for good, from the trash too: its passages, its versions, what the index holds, its file.

    Words that no other passage has leave the vocabulary seconds later. The address of a page is left out of its site
    from then on. Raises SourceNotFound.
    """
    lying = await TrashRepository(conn).find(SourceId(source_id))
    source = lying or await SourceRepository(conn).find(SourceId(source_id))
    if source is not None and source.parent_id is not None:
        await leave_out(conn, source.parent_id, [source.id])
    await indexing.delete(conn, SourceId(source_id))


async def throw_collection(conn: TenantConn, collection_id: CollectionId) -> None:
    """Put all documents of a collection into the trash, and the collection out of sight: nothing of it is found any more."""
    gone = await TrashRepository(conn).throw_all(collection_id)
    await CollectionRepository(conn).throw(collection_id)
    if gone is None:
        return
    await VectorRepository(conn).drop_of_collection(collection_id)
    if gone.chunks:
        await indexing.defer_sweep(conn, gone.collection_id, gone.vocabulary)


async def destroy_collection(conn: TenantConn, collection_id: UUID) -> None:
    """Delete a collection that lies in the trash for good, with what is in it; one that is there stays.

    Files that nothing refers to any more are cleaned away.
    """
    await CollectionRepository(conn).delete(CollectionId(collection_id), only_trash=True)


async def list_deleted_collections(conn: TenantConn) -> list[Collection]:
    """Return deleted collections that can be had back, the latest first; at most 200."""
    return await CollectionRepository(conn).list_deleted(limit=TRASH)


async def take_out_collection(conn: TenantConn, collection_id: UUID) -> None:
    """Have a deleted collection back with the documents that were deleted with it. Raises CollectionNotFound."""
    if not await TrashRepository(conn).went_with(collection_id):
        raise CollectionNotFound
    await bring_back_collection(conn, collection_id)


async def bring_back_collection(conn: TenantConn, collection_id: UUID) -> None:
    """The same for one that may be there already, or have been empty."""
    for source_id in await TrashRepository(conn).went_with(collection_id):
        await restore_source(conn, source_id)
    await CollectionRepository(conn).take_out(collection_id)


async def list_trash(conn: TenantConn, collection_id: UUID | None = None) -> list[Source]:
    """Return what can be had back, of one collection or of all, what was deleted last first; at most 200."""
    return await TrashRepository(conn).list_all(collection_id, limit=TRASH)


async def restore_source(conn: TenantConn, source_id: UUID) -> Source:
    """Take a source out of the trash; a job makes its passages searchable, as they were. Raises SourceNotFound.

    What had not been read yet is read.
    """
    repository = TrashRepository(conn)
    source = await repository.find(SourceId(source_id))
    if source is None:
        raise SourceNotFound
    await repository.take_out(source.id)
    if source.parent_id is not None:
        await SiteRepository(conn).set_deleted(source.id, is_deleted=False)
        await repository.give_back(source)
    await CollectionRepository(conn).take_out(source.collection_id)
    if source.indexed_at is None:
        await _read_at_last(conn, source)
    else:
        await jobs.defer(conn, RESTORE_JOB, {"source_id": str(source.id)})
    return await get_source(conn, source.id)


async def _read_at_last(conn: TenantConn, source: Source) -> None:
    if source.kind is not SourceKind.SITE:
        await refresh_source(conn, source.id)
        return
    state = await SiteRepository(conn).find(source.id)
    assert state is not None
    if state.is_preview and source.state is SourceState.PREVIEW:
        await TrashRepository(conn).end(source.id)
    else:
        await begin_round(conn, source)


async def parts_to_restore(conn: TenantConn, source_id: SourceId) -> list[SourceId]:
    """Return the sources whose passages are to be posted again: a source itself, or the pages of a site."""
    return await TrashRepository(conn).parts(source_id)


async def restore_part(conn: TenantConn, part: SourceId, *, after: int) -> int | None:
    """Make the next passages of a source searchable again; returns where to go on, None at the end.

    Call inside a transaction.
    """
    repository = PassageRepository(conn)
    if not await repository.lock_source(part):
        return None
    found = await repository.page(part, Wanted(after=after, limit=indexing.AT_ONCE))
    source = await get_source(conn, part)
    await repost(conn, source, [each for each in found if not each.is_off])
    return found[-1].ordinal if len(found) == indexing.AT_ONCE else None


async def end_restoring(conn: TenantConn, source_id: SourceId) -> None:
    """Say that a source is searchable again. Call inside a transaction."""
    await TrashRepository(conn).end(source_id)
    await indexing.tell_ready(conn, await get_source(conn, source_id))


async def list_versions(conn: TenantConn, source_id: UUID) -> list[Version]:
    """Return what a source said earlier, newest first; at most ten, of the last 30 days. Raises SourceNotFound."""
    source = await get_source(conn, source_id)
    return await VersionRepository(conn).list_all(source.id)


async def restore_version(conn: TenantConn, source_id: UUID, version_id: UUID) -> Source:
    """Let a source say again what it said; what it says now becomes a version. It holds until the source changes.

    Raises SourceNotFound, DocumentBusy, VersionNotFound.
    """
    states = await PassageRepository(conn).lock_source(SourceId(source_id))
    source = await get_source(conn, source_id)
    if {SourceState.QUEUED, SourceState.WORKING} & set(states):
        raise DocumentBusy
    passages = await VersionRepository(conn).passages(source.id, version_id)
    if passages is None:
        raise VersionNotFound
    chars = sum(len(each.text) for each in passages)
    reading = await keep(conn, source.id, Reading(None, chars, passages))
    analysed = await indexing.analyse_in_parts(conn, source, reading.passages)
    stored = await indexing.store(conn, source, reading=reading, analysed=analysed)
    assert stored is not None  # it is locked
    return replace(stored, chars=chars)


def kept_until(source: Source) -> timedelta:
    """Return for how long a source in the trash can still be had back."""
    deleted = source.deleted_at or now()
    return max(deleted + KEPT_FOR - now(), timedelta())
