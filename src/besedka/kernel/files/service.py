"""Use cases of files: take an upload, open, delete, sweep. Who may read is for the owning module to check."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import structlog
from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.content.kinds import Kind
from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.files import repository
from besedka.kernel.files.errors import FileEmpty, FileNotFound, FileTypeRefused
from besedka.kernel.files.names import clean_name
from besedka.kernel.files.repository import FileRepository
from besedka.kernel.files.sniff import sniff_file
from besedka.kernel.files.store import BLOCK, Draft, FileStore
from besedka.kernel.files.types import FileId, Kept, StoredFile, UnusedFile, Upload
from besedka.kernel.jobs import service as jobs

log = structlog.get_logger(__name__)

ERASE = "files.erase"
MEBIBYTE = 1024 * 1024
ANY_KIND = frozenset(Kind) - {Kind.EMPTY}
USUAL_KINDS = ANY_KIND - {Kind.BINARY}
"""What an upload may be unless its module says otherwise: nothing unknown, so no programs."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose bytes can be read."""

    file: StoredFile
    store: FileStore

    def read(self, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`."""
        last = self.file.size if end is None else end
        return self.store.read(self.file.key, start=start, end=last)


def open_store(data_dir: Path) -> FileStore:
    """Return the store in a data folder."""
    return FileStore(data_dir / "files")


async def all_keys(conn: SystemConn) -> list[str]:
    """Return the keys of the bytes of every workspace: for backups."""
    return await repository.all_keys(conn)


def new_draft(runtime: Runtime) -> AbstractAsyncContextManager[Draft]:
    """Open an empty draft within the installation's upload limit."""
    return runtime.get(FileStore).draft(limit=runtime.settings.max_upload_mb * MEBIBYTE)


async def keep_draft(
    runtime: Runtime, draft: Draft, *, name: str | None, kinds: frozenset[Kind] = USUAL_KINDS
) -> Kept:
    """Take a complete draft out of quarantine: on the disk for good, typed by content, of an allowed kind.

    Raises FileEmpty, FileTypeRefused.
    """
    sealed = await draft.seal()
    cleaned = clean_name(name)
    sniffed = await asyncio.to_thread(sniff_file, sealed.path, name=cleaned)
    if sniffed.kind not in kinds:
        raise (
            FileEmpty if sniffed.kind is Kind.EMPTY else FileTypeRefused(kind=sniffed.kind.value)
        )
    key = await runtime.get(FileStore).keep(sealed)
    return Kept(key, cleaned, sniffed.kind, sniffed.media_type, sealed.size, sealed.sha256)


async def add(conn: TenantConn, kept: Kept, *, uploader: ActorId | None) -> StoredFile:
    """Make kept bytes a file in the caller's transaction. If that fails the bytes are swept a day later."""
    stored = await FileRepository(conn).insert(kept, uploader)
    if stored.key != kept.key:
        await jobs.defer(conn, ERASE, {"key": kept.key})
    return stored


async def store_draft(
    runtime: Runtime, draft: Draft, *, name: str | None, workspace_id: WorkspaceId,
    actor_id: ActorId | None, kinds: frozenset[Kind] = USUAL_KINDS,
) -> StoredFile:  # fmt: skip
    """Keep a draft and make it a file. Raises FileEmpty, FileTypeRefused."""
    kept = await keep_draft(runtime, draft, name=name, kinds=kinds)
    async with runtime.db.fast.transaction(workspace_id) as conn:
        return await add(conn, kept, uploader=actor_id)


async def store_upload(
    runtime: Runtime, upload: Upload, *, workspace_id: WorkspaceId, actor_id: ActorId | None,
    kinds: frozenset[Kind] = USUAL_KINDS,
) -> StoredFile:  # fmt: skip
    """Store what an upload gives. Raises TooLarge, FileEmpty, FileTypeRefused."""
    async with new_draft(runtime) as draft:
        while piece := await upload.read(BLOCK):
            await draft.write(piece)
        return await store_draft(
            runtime, draft, name=upload.filename, workspace_id=workspace_id, actor_id=actor_id,
            kinds=kinds,
        )  # fmt: skip


async def store_path(
    runtime: Runtime, path: Path, *, workspace_id: WorkspaceId, actor_id: ActorId | None,
    kinds: frozenset[Kind] = USUAL_KINDS,
) -> StoredFile:  # fmt: skip
    """Store a copy of a file of this machine. Raises OSError, TooLarge, FileEmpty, FileTypeRefused."""
    with await asyncio.to_thread(path.open, "rb") as source:
        local = _Local(path.name, source)
        return await store_upload(
            runtime, local, workspace_id=workspace_id, actor_id=actor_id, kinds=kinds
        )


@dataclass(frozen=True, slots=True)
class _Local:
    filename: str
    source: BinaryIO

    async def read(self, size: int = -1, /) -> bytes:
        return await asyncio.to_thread(self.source.read, size)


async def get_file(conn: TenantConn, file_id: UUID) -> StoredFile:
    """Return a file's row. Raises FileNotFound."""
    found = await FileRepository(conn).find(FileId(file_id))
    if found is None:
        raise FileNotFound
    return found


async def open_file(runtime: Runtime, workspace_id: WorkspaceId, file_id: UUID) -> Opened:
    """Open a file for reading. Raises FileNotFound."""
    async with runtime.db.fast.acquire(workspace_id) as conn:
        file = await get_file(conn, file_id)
    return await open_stored(runtime, file)


async def open_stored(runtime: Runtime, file: StoredFile) -> Opened:
    """Open a file whose row was read already. Raises FileNotFound when its bytes are lost."""
    store = runtime.get(FileStore)
    if not await store.has(file.key):
        log.error("the bytes of a file are lost", file=str(file.id))
        raise FileNotFound
    return Opened(file, store)


async def local_path(runtime: Runtime, workspace_id: WorkspaceId, file_id: UUID) -> Path:
    """Return where a file's bytes are on this machine, to be read only. Raises FileNotFound."""
    opened = await open_file(runtime, workspace_id, file_id)
    return opened.store.path(opened.file.key)


async def delete(conn: TenantConn, file_id: UUID) -> None:
    """Delete a file in the caller's transaction; after the commit its bytes go with their last file.

    Raises FileNotFound, FileInUse.
    """
    existed, key = await FileRepository(conn).delete(FileId(file_id))
    if not existed:
        raise FileNotFound
    if key is not None:
        await jobs.defer(conn, ERASE, {"key": key}, priority=1)


async def erase(runtime: Runtime, key: str) -> None:
    """Remove bytes that no row speaks of; those that one does are left alone."""
    async with runtime.db.system.acquire() as conn:
        unknown = await repository.unknown_keys(conn, [key])
    for each in unknown:
        await runtime.get(FileStore).delete(each)


async def sweep(runtime: Runtime) -> int:
    """Remove what crashes and lost transactions left on the disk a day ago or earlier; returns how many files."""
    store = runtime.get(FileStore)
    removed = await store.sweep_quarantine()
    async for unknown in stray_keys(runtime):
        for key in unknown:
            await store.delete(key)
        removed += len(unknown)
    return removed


async def stray_keys(runtime: Runtime) -> AsyncIterator[list[str]]:
    """Yield the keys of bytes that have been on the disk for a day and that no row speaks of, in batches."""
    async for keys in runtime.get(FileStore).old_keys():
        async with runtime.db.system.acquire() as conn:
            unknown = await repository.unknown_keys(conn, keys)
        yield unknown


async def unused_files(runtime: Runtime, *, days: int) -> list[UnusedFile]:
    """Return files of all workspaces that are older than so many days and that nothing refers to."""
    async with runtime.db.system.acquire() as conn:
        return await repository.unused_files(conn, now() - timedelta(days=days))


async def delete_unused(runtime: Runtime, file: UnusedFile) -> bool:
    """Delete a file unless something refers to it by now; returns whether it is gone."""
    async with runtime.db.fast.transaction(file.workspace_id) as conn:
        files = FileRepository(conn)
        await files.lock(file.id)
        if not await files.is_unused(file.id):
            return False
        await delete(conn, file.id)
    return True


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return which files a person uploaded; the bytes are theirs to download."""
    rows = await repository.list_of(conn, person.workspaces, person.actors)
    return {
        "uploads": [
            {
                "name": row["name"],
                "media_type": row["media_type"],
                "size": row["size"],
                "created_at": row["created_at"].isoformat(),
            }
            for row in rows
        ]
    }


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Leave a person's files to the workspaces that they were given to, without the person."""
    await repository.forget_uploader(conn, person.workspaces, person.actors)
