"""Use cases of files that are there: open, delete. Who may read is for the owning module to check."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.files import repository
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.repository import FileRepository, SpaceRepository
from besedka.kernel.files.store import FileStore
from besedka.kernel.files.types import FileId, StoredFile, VariantName
from besedka.kernel.jobs import service as jobs

log = structlog.get_logger(__name__)

ERASE = "files.erase"


@dataclass(frozen=True, slots=True)
class Opened:
    """Bytes that can be read: a file's own, or a smaller copy's."""

    file: StoredFile
    store: FileStore
    key: str
    size: int
    media_type: str
    tag: str
    """Changes with the bytes."""

    def read(self, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`."""
        return self.store.read(self.key, start=start, end=self.size if end is None else end)


async def get_file(conn: TenantConn, file_id: UUID) -> StoredFile:
    """Return a file's row. Raises FileNotFound."""
    found = await FileRepository(conn).find(FileId(file_id))
    if found is None:
        raise FileNotFound
    return found


async def list_files(conn: TenantConn, ids: Sequence[UUID]) -> list[StoredFile]:
    """Return the rows of those of some files that are there, in no order."""
    return await FileRepository(conn).find_all(ids)


async def uploaded_by(conn: TenantConn, actors: Sequence[ActorId]) -> list[FileId]:
    """Return the files that some actors uploaded."""
    return await FileRepository(conn).uploaded_by(actors)


async def open_file(runtime: Runtime, workspace_id: WorkspaceId, file_id: UUID) -> Opened:
    """Open a file for reading. Raises FileNotFound."""
    async with runtime.db.fast.acquire(workspace_id) as conn:
        file = await get_file(conn, file_id)
    return await open_stored(runtime, file)


async def open_stored(
    runtime: Runtime, file: StoredFile, variant: VariantName | None = None
) -> Opened:
    """Open a file whose row was read already, or a smaller copy; of a picture that is small already there is none.

    Raises FileNotFound when its bytes are lost.
    """
    store, tag = runtime.get(FileStore), file.sha256.hex()[:32]
    opened = Opened(file, store, file.key, file.size, file.media_type, tag)
    for each in file.variants:
        if each.name is variant:
            opened = Opened(file, store, each.key, each.size, each.media_type, f"{tag}-{each.name}")
    if not await store.has(opened.key):
        log.error("the bytes of a file are lost", file=str(file.id))
        raise FileNotFound
    return opened


@asynccontextmanager
async def local_copy(
    runtime: Runtime, workspace_id: WorkspaceId, file_id: UUID
) -> AsyncIterator[Path]:
    """Give a file's bytes as a file of this machine, to be read only. Raises FileNotFound, StoreAway."""
    opened = await open_file(runtime, workspace_id, file_id)
    async with opened.store.local(opened.key) as path:
        yield path


async def delete(conn: TenantConn, file_id: UUID) -> None:
    """Delete a file in the caller's transaction; after the commit its bytes go with their last file.

    Raises FileNotFound, FileInUse.
    """
    space = SpaceRepository(conn)
    await space.lock()
    gone = await FileRepository(conn).delete(FileId(file_id))
    if gone is None:
        raise FileNotFound
    if gone.size:
        await space.grow(-gone.size)
    for key in gone.keys:
        await jobs.defer(conn, ERASE, {"key": key}, priority=1)


async def erase(runtime: Runtime, key: str) -> None:
    """Remove bytes that no row speaks of; those that one does are left alone."""
    async with runtime.db.system.acquire() as conn:
        unknown = await repository.unknown_keys(conn, [key])
    for each in unknown:
        await runtime.get(FileStore).delete(each)
