"""Use cases of upkeep: what is left behind, what nobody uses, what a person leaves."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.db.connection import SystemConn
from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.files import repository
from besedka.kernel.files.bucket import Bucket, BucketAddress
from besedka.kernel.files.errors import StoreAway
from besedka.kernel.files.partial import Partials
from besedka.kernel.files.repository import FileRepository, SpaceRepository
from besedka.kernel.files.service.resumable import sweep_uploads
from besedka.kernel.files.service.stored import delete
from besedka.kernel.files.shelf import Folder
from besedka.kernel.files.store import FileStore
from besedka.kernel.files.types import UnusedFile

EXPIRED_AT_ONCE = 500


def open_store(settings: Settings) -> FileStore:
    """Return the store of an installation: its bucket, or the folder in its data folder."""
    root = settings.data_dir / "files"
    return FileStore(root, _bucket(settings, root) if settings.s3_bucket else Folder(root))


def _bucket(settings: Settings, root: Path) -> Bucket:
    address = BucketAddress(
        settings.s3_bucket, prefix=settings.s3_prefix, endpoint=settings.s3_endpoint_url,
        region=settings.s3_region, key_id=settings.s3_access_key_id,
        secret=settings.s3_secret_access_key.get_secret_value(),
    )  # fmt: skip
    return Bucket(address, root / "incoming")


def open_partials(settings: Settings) -> Partials:
    """Return the folder of uploads that come in pieces."""
    return Partials(settings.data_dir / "files" / "resumable")


async def try_store(settings: Settings) -> None:
    """Write, find, read and delete a few bytes. Raises StoreAway; OSError from the folder."""
    store, data = open_store(settings), b"besedka"
    async with store.draft(limit=len(data)) as draft:
        await draft.write(data)
        key = await store.keep(await draft.seal())
    blocks = [block async for block in store.read(key, start=0, end=len(data))]
    await store.delete(key)
    if b"".join(blocks) != data:
        raise StoreAway


async def all_keys(conn: SystemConn) -> list[str]:
    """Return the keys of the bytes of every workspace: for backups."""
    return await repository.all_keys(conn)


async def sweep(runtime: Runtime) -> int:
    """Remove what crashes and lost transactions left on the disk a day ago or earlier; returns how many files."""
    store = runtime.get(FileStore)
    removed = await store.sweep_quarantine() + await sweep_uploads(runtime)
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


async def delete_unused(runtime: Runtime, file: UnusedFile, *, audited: bool = False) -> bool:
    """Delete a file unless something refers to it by now; returns whether it is gone."""
    async with runtime.db.fast.transaction(file.workspace_id) as conn:
        await SpaceRepository(conn).lock()
        files = FileRepository(conn)
        await files.lock(file.id)
        if not await files.is_unused(file.id):
            return False
        await delete(conn, file.id)
        if audited:
            await audit.record(
                conn, actor_id=None, action="files.expired", target_type="file",
                target_id=file.id, detail={"name": file.name, "size": file.size},
            )  # fmt: skip
    return True


async def expire(runtime: Runtime) -> int:
    """Delete files that nothing refers to and that are older than their workspace keeps such; returns how many."""
    async with runtime.db.system.acquire() as conn:
        found = await repository.expired_files(conn, limit=EXPIRED_AT_ONCE)
    return sum([await delete_unused(runtime, each, audited=True) for each in found])


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
    """Leave a person's files to the workspaces that they were given to, without the person; half an upload goes."""
    await repository.delete_of(conn, person.workspaces, person.actors)
    await repository.forget_uploader(conn, person.workspaces, person.actors)
