"""Use cases of uploads that come in pieces (tus 1.0): begin, go on, finish, give up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.errors import BesedkaError, TooLarge
from besedka.core.runtime import Runtime
from besedka.kernel.files import repository
from besedka.kernel.files.errors import UploadNotFound, UploadOffset
from besedka.kernel.files.names import clean_name
from besedka.kernel.files.partial import Partial, Partials
from besedka.kernel.files.repository import ResumableRepository, SpaceRepository
from besedka.kernel.files.room import MEBIBYTE, Room
from besedka.kernel.files.service.uploads import Source, add, erase_kept, keep_sealed
from besedka.kernel.files.types import FileId, Kept, Resumable

LIFETIME = timedelta(days=1)
"""An upload waits for its next piece so long."""


async def begin(runtime: Runtime, source: Source, length: int) -> Resumable:
    """Begin an upload of so many bytes, and keep room for it. Raises TooLarge, QuotaExceeded."""
    limit = runtime.settings.max_upload_mb * MEBIBYTE
    if length > limit:
        raise TooLarge(limit=limit)
    assert source.actor_id is not None
    async with runtime.db.fast.transaction(source.workspace_id) as conn:
        uploads = ResumableRepository(conn)
        space = await SpaceRepository(conn).lock()
        room = Room.of(space, usual_mb=runtime.settings.files_quota_mb)
        room.check(length + await uploads.awaited_bytes())
        return await uploads.insert(
            source.actor_id, name=clean_name(source.name), length=length,
            expires_at=now() + LIFETIME,
        )  # fmt: skip


async def get_upload(runtime: Runtime, source: Source, upload_id: UUID) -> Resumable:
    """Return somebody's own upload. Raises UploadNotFound."""
    assert source.actor_id is not None
    async with runtime.db.fast.acquire(source.workspace_id) as conn:
        found = await ResumableRepository(conn).find(upload_id, source.actor_id)
    if found is None:
        raise UploadNotFound
    return found


async def offset_of(runtime: Runtime, upload: Resumable) -> int:
    """Return how many of an upload's bytes are here."""
    if upload.file_id is not None:
        return upload.length
    return await asyncio.to_thread(runtime.get(Partials).offset, upload.id)


async def go_on(
    runtime: Runtime, source: Source, upload: Resumable, *, offset: int, pieces: AsyncIterator[bytes]
) -> int:  # fmt: skip
    """Add bytes to an upload, and return how many are here then; with the last ones it becomes a file.

    What came before an error stays. Raises UploadBusy, UploadOffset, TooLarge for more than was announced, and what
    keep_sealed and add raise: after those that would come again the upload is gone.
    """
    async with runtime.get(Partials).open(upload.id) as partial:
        upload = await get_upload(runtime, source, upload.id)  # another request may have ended it
        if upload.file_id is not None or offset != partial.offset:
            raise UploadOffset(offset=await offset_of(runtime, upload))
        try:
            await _write(partial, upload, pieces)
        finally:
            await partial.sync()
        if partial.offset == upload.length:
            await _finish(runtime, source, upload, partial)
        else:
            await _prolong(runtime, source, upload)
        return partial.offset


async def _write(partial: Partial, upload: Resumable, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        if partial.offset + len(piece) > upload.length:
            raise TooLarge(limit=upload.length)
        await partial.write(piece)


async def _prolong(runtime: Runtime, source: Source, upload: Resumable) -> None:
    async with runtime.db.fast.transaction(source.workspace_id) as conn:
        await ResumableRepository(conn).prolong(upload.id, now() + LIFETIME)


async def _finish(runtime: Runtime, source: Source, upload: Resumable, partial: Partial) -> None:
    try:
        await _make_file(runtime, source, upload, partial)
    except BesedkaError as error:
        if error.permanent:
            await _forget(runtime, source, upload)
        raise
    await asyncio.to_thread(runtime.get(Partials).remove, upload.id)


async def _make_file(
    runtime: Runtime, source: Source, upload: Resumable, partial: Partial
) -> FileId:
    kept = await keep_sealed(runtime, await partial.seal(), source)
    try:
        return await _add(runtime, source, upload, kept)
    except BesedkaError:
        await erase_kept(runtime, kept)
        raise


async def _add(runtime: Runtime, source: Source, upload: Resumable, kept: Kept) -> FileId:
    async with runtime.db.fast.transaction(source.workspace_id) as conn:
        stored = await add(runtime, conn, kept, uploader=source.actor_id)
        await ResumableRepository(conn).finish(upload.id, stored.id)
    return stored.id


async def give_up(runtime: Runtime, source: Source, upload: Resumable) -> None:
    """Forget an upload and its bytes; the file that it became stays. Raises UploadBusy."""
    async with runtime.get(Partials).open(upload.id):
        await _forget(runtime, source, upload)


async def _forget(runtime: Runtime, source: Source, upload: Resumable) -> None:
    async with runtime.db.fast.transaction(source.workspace_id) as conn:
        await ResumableRepository(conn).delete(upload.id)
    await asyncio.to_thread(runtime.get(Partials).remove, upload.id)


async def sweep_uploads(runtime: Runtime) -> int:
    """Forget uploads whose time is over, and remove bytes that no upload has; returns how many of these."""
    partials = runtime.get(Partials)
    here = await asyncio.to_thread(partials.ids)
    async with runtime.db.system.acquire() as conn:
        await repository.delete_expired(conn)
        unknown = await repository.unknown_uploads(conn, here)
    for each in unknown:
        await asyncio.to_thread(partials.remove, each)
    return len(unknown)
