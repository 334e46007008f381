"""Collections and their sources: adding, looking, deleting."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import has_text, text
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.errors import (
    CollectionNotFound,
    NotRefreshable,
    SourceEmpty,
    SourceNotFound,
)
from besedka.kernel.knowledge.repository.sources import CollectionRepository, SourceRepository
from besedka.kernel.knowledge.service import indexing
from besedka.kernel.knowledge.service.reading import (
    TITLE_CHARACTERS,
    Reading,
    read_pair,
    read_text,
    title_of,
)
from besedka.kernel.knowledge.service.sites import begin_round
from besedka.kernel.knowledge.service.words import words
from besedka.kernel.knowledge.types import (
    Collection,
    CollectionId,
    NewSource,
    Reason,
    Source,
    SourceFilter,
    SourceId,
    SourceKind,
    SourceLook,
    SourceState,
)

INDEX_JOB = "knowledge.index"
COLLECTIONS = 200
# What was typed is searchable at once; a longer text is read by a job.
AT_ONCE_CHARACTERS = 100_000


async def create_collection(
    conn: TenantConn, *, name: str, is_hidden: bool = False
) -> CollectionId:
    """Make an empty collection; one that is needed for a moment is hidden: it is listed nowhere."""
    return await CollectionRepository(conn).insert(name, is_hidden=is_hidden)


async def delete_hidden(conn: TenantConn, *, name: str) -> None:
    """Delete the hidden collections of a name that somebody left behind."""
    await CollectionRepository(conn).delete_hidden(name)


async def hold_collections(conn: TenantConn, collections: Sequence[UUID]) -> int:
    """Keep collections from being deleted until the commit; returns how many of them there are."""
    return await CollectionRepository(conn).hold(collections)


async def rename_collection(conn: TenantConn, collection_id: CollectionId, *, name: str) -> None:
    """Name a collection anew."""
    await CollectionRepository(conn).rename(collection_id, name)


async def delete_collection(conn: TenantConn, collection_id: CollectionId) -> None:
    """Delete a collection that nothing refers to, with its sources and their passages."""
    await CollectionRepository(conn).delete(collection_id)


async def list_collections(conn: TenantConn) -> list[Collection]:
    """Return the workspace's collections, oldest first."""
    return await CollectionRepository(conn).list_all(limit=COLLECTIONS)


async def get_collection(conn: TenantConn, collection_id: UUID | None = None) -> Collection:
    """Return a collection, the workspace's first one when none is named. Raises CollectionNotFound."""
    repository = CollectionRepository(conn)
    if collection_id is not None:
        found = await repository.find(CollectionId(collection_id))
    else:
        found = next(iter(await repository.list_all(limit=1)), None)
    if found is None:
        raise CollectionNotFound
    return found


async def ensure_collection(conn: TenantConn, collection_id: UUID | None = None) -> CollectionId:
    """Return the collection to add to; when none is named, the first one, made if there is none.

    Raises CollectionNotFound.
    """
    first = await CollectionRepository(conn).list_all(limit=1) if collection_id is None else []
    if collection_id is None and not first:
        return await create_collection(conn, name="")
    return (await get_collection(conn, collection_id)).id


async def add_text(conn: TenantConn, collection_id: UUID, *, body: str, title: str = "") -> Source:
    """Add a typed text; it is searchable after the caller's transaction, a very long one soon after.

    Raises CollectionNotFound, ExtractionError.
    """
    new = NewSource(
        CollectionId(collection_id), SourceKind.TEXT, _title(title) or title_of(body), body=body
    )
    if len(body) > AT_ONCE_CHARACTERS:
        return await _queue(conn, new)
    return await _index_at_once(conn, new, read_text(body))


async def add_qa(conn: TenantConn, collection_id: UUID, *, question: str, answer: str) -> Source:
    """Add a question with its answer; it is searchable after the caller's transaction.

    Raises CollectionNotFound, SourceEmpty, ExtractionError.
    """
    title = _title(question)
    if not words(title):
        raise SourceEmpty
    new = NewSource(
        CollectionId(collection_id), SourceKind.QA, title, body=answer, question=question
    )
    return await _index_at_once(conn, new, read_pair(question, answer))


async def add_url(
    conn: TenantConn, collection_id: UUID, url: str, *, title: str = "", refresh_hours: int | None = None
) -> Source:  # fmt: skip
    """Add a page of the web, to be fetched by a job, again every so many hours. Raises CollectionNotFound."""
    new = NewSource(
        CollectionId(collection_id), SourceKind.URL, _title(title) or url, url=url, refresh_hours=refresh_hours
    )  # fmt: skip
    return await _queue(conn, new)


async def set_refresh(conn: TenantConn, source_id: UUID, *, hours: int | None) -> Source:
    """Have an address or a site read again every so many hours; None for never.

    Raises SourceNotFound, NotRefreshable.
    """
    source = await get_source(conn, source_id)
    if source.kind not in {SourceKind.URL, SourceKind.SITE}:
        raise NotRefreshable
    await SourceRepository(conn).set_refresh(source.id, hours=hours)
    return await get_source(conn, source_id)


async def add_file(conn: TenantConn, collection_id: UUID, *, file_id: UUID, name: str) -> Source:
    """Add a stored file, to be read by a job; it is deleted with the source. Raises CollectionNotFound."""
    return await _queue(
        conn,
        NewSource(CollectionId(collection_id), SourceKind.FILE, _title(name), file_id=file_id),
    )


def _title(given: str) -> str:
    title = " ".join(given.split())
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…"


async def _insert(conn: TenantConn, new: NewSource) -> Source:
    made = await SourceRepository(conn).insert(new)
    if made is None:
        raise CollectionNotFound
    return made


async def _queue(conn: TenantConn, new: NewSource) -> Source:
    made = await _insert(conn, new)
    await _defer(conn, made.id)
    return made


async def _defer(conn: TenantConn, source_id: SourceId) -> None:
    """Let a job read the source. There may be two for a moment: one that is at its end would miss a change."""
    await jobs.defer(conn, INDEX_JOB, {"source_id": str(source_id)})


async def _index_at_once(conn: TenantConn, new: NewSource, reading: Reading) -> Source:
    made = await _insert(conn, new)
    analysed = await indexing.analyse_in_parts(conn, made, reading.passages)
    stored = await indexing.store(conn, made, reading=reading, analysed=analysed)
    assert stored is not None  # nobody else sees the row yet
    return stored


async def list_sources(
    conn: TenantConn, collection_id: UUID | None = None, *, before: UUID | None = None, limit: int = 50,
    holding: str = "", look: SourceLook = SourceLook.ALL,
) -> list[Source]:  # fmt: skip
    """Return sources, newest first, those older than `before` when that is given."""
    wanted = SourceFilter(collection_id, before, limit, holding, look)
    return await SourceRepository(conn).page(wanted)


async def sources_by_id(conn: TenantConn, ids: Sequence[UUID]) -> list[Source]:
    """Return those of the sources that are there."""
    return await SourceRepository(conn).by_id([SourceId(each) for each in ids])


async def get_source(conn: TenantConn, source_id: UUID) -> Source:
    """Return a source. Raises SourceNotFound."""
    found = await SourceRepository(conn).find(SourceId(source_id))
    if found is None:
        raise SourceNotFound
    return found


async def refresh_source(conn: TenantConn, source_id: UUID) -> Source:
    """Read a source again; what it holds stays searchable until then. Raises SourceNotFound."""
    source = await get_source(conn, source_id)
    if source.kind is SourceKind.SITE:
        return await begin_round(conn, source)
    await SourceRepository(conn).set_progress(source.id, state=SourceState.QUEUED, percent=0)
    await _defer(conn, source.id)
    return await get_source(conn, source_id)


def failure_words(locale: str, source: Source) -> str:
    """Return why a source could not be read, in a locale; empty when it could."""
    return reason_words(locale, source.error)


def reason_words(locale: str, reason: Reason | None) -> str:
    """Return a reason of not reading something, in a locale; empty when there is none."""
    if reason is None:
        return ""
    key = f"errors.{reason.code}"
    return text(locale, key if has_text(key) else "errors.internal", **reason.params)
