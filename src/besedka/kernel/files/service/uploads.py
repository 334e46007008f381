"""Use cases of uploads: bytes come into quarantine, are looked at, and become a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import structlog

from besedka.core.content.kinds import Kind, Sniffed
from besedka.core.db.connection import TenantConn
from besedka.core.errors import TooLarge
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.files.clamd import ScanFailed, Scanner, VirusFound
from besedka.kernel.files.errors import (
    FileEmpty,
    FileTypeRefused,
    Infected,
    QuotaExceeded,
    ScannerAway,
)
from besedka.kernel.files.names import clean_name
from besedka.kernel.files.repository import FileRepository, SpaceRepository
from besedka.kernel.files.room import MEBIBYTE, Room
from besedka.kernel.files.service.stored import ERASE
from besedka.kernel.files.shelf import BLOCK
from besedka.kernel.files.sniff import sniff_file
from besedka.kernel.files.store import Draft, FileStore
from besedka.kernel.files.studio import Studio
from besedka.kernel.files.types import (
    Kept,
    Look,
    Scan,
    Sealed,
    Space,
    StoredFile,
    Upload,
    Variant,
    VariantName,
)
from besedka.kernel.jobs import service as jobs

log = structlog.get_logger(__name__)

ANY_KIND = frozenset(Kind) - {Kind.EMPTY}
USUAL_KINDS = ANY_KIND - {Kind.BINARY}
"""What an upload may be unless its module says otherwise: nothing unknown, so no programs."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an upload comes from, what it is called, and what it may be."""

    workspace_id: WorkspaceId
    actor_id: ActorId | None
    name: str | None = None
    kinds: frozenset[Kind] = USUAL_KINDS


@asynccontextmanager
async def new_draft(
    runtime: Runtime, workspace_id: WorkspaceId, *, expected: int = 0
) -> AsyncIterator[Draft]:
    """Yield an empty draft within the installation's limit and the workspace's quota.

    Raises TooLarge, QuotaExceeded at once when the `expected` bytes are too many.
    """
    limit = runtime.settings.max_upload_mb * MEBIBYTE
    if expected > limit:
        raise TooLarge(limit=limit)
    async with runtime.db.fast.acquire(workspace_id) as conn:
        space = await SpaceRepository(conn).find()
    room = _room(runtime, space)
    room.check(expected)
    async with runtime.get(FileStore).draft(limit=limit, room=room) as draft:
        yield draft


def _room(runtime: Runtime, space: Space) -> Room:
    return Room.of(space, usual_mb=runtime.settings.files_quota_mb)


async def keep_draft(runtime: Runtime, draft: Draft, source: Source) -> Kept:
    """Take a complete draft out of quarantine. Raises what keep_sealed raises."""
    return await keep_sealed(runtime, await draft.seal(), source)


async def keep_sealed(runtime: Runtime, sealed: Sealed, source: Source) -> Kept:
    """Take bytes out of quarantine: typed by content, of an allowed kind, free of viruses, on the disk for good.

    Pictures are drawn anew. Raises FileEmpty, FileTypeRefused, Infected, ScannerAway, StoreAway, and what
    Studio.redraw raises.
    """
    name = clean_name(source.name)
    sniffed = await asyncio.to_thread(sniff_file, sealed.path, name=name)
    if sniffed.kind not in source.kinds:
        raise (
            FileEmpty if sniffed.kind is Kind.EMPTY else FileTypeRefused(kind=sniffed.kind.value)
        )
    scan = await _scan(runtime, sealed, replace(source, name=name))
    if sniffed.kind is Kind.IMAGE:
        return await _keep_picture(runtime, sealed, name, media_type=sniffed.media_type, scan=scan)
    duration = await _duration(runtime, sealed, sniffed)
    key = await runtime.get(FileStore).keep(sealed)
    return Kept(
        key, name, sniffed.kind, sniffed.media_type, sealed.size, sealed.sha256,
        Look(duration_ms=duration, scan=scan),
    )  # fmt: skip


async def _scan(runtime: Runtime, sealed: Sealed, source: Source) -> Scan:
    """Return what the scanner says. Raises Infected, ScannerAway."""
    try:
        return await runtime.get(Scanner).scan(sealed.path)
    except VirusFound as found:
        await _record_virus(runtime, source, found.signature)
        raise Infected(signature=found.signature) from None
    except ScanFailed as failure:
        log.warning("the virus scanner gives no verdict", why=str(failure))
        if runtime.settings.clamd_away == "refuse":
            raise ScannerAway from None
        return Scan.UNSCANNED


async def scanner_version(address: str) -> str:
    """Return what the virus scanner at an address says it is. Raises ScanFailed."""
    return await Scanner(address).version()


async def _record_virus(runtime: Runtime, source: Source, signature: str) -> None:
    async with runtime.db.fast.transaction(source.workspace_id) as conn:
        await audit.record(
            conn, actor_id=source.actor_id, action="files.infected", target_type="file",
            detail={"name": source.name, "signature": signature},
        )  # fmt: skip


async def _keep_picture(
    runtime: Runtime, sealed: Sealed, name: str, *, media_type: str, scan: Scan
) -> Kept:
    picture = await runtime.get(Studio).redraw(sealed.path, media_type)
    drawn = await _keep_bytes(runtime, picture.data)
    variants = []
    for copy in picture.copies:
        kept = await _keep_bytes(runtime, copy.data)
        variants.append(
            Variant(
                VariantName(copy.name),
                copy.media_type,
                copy.width,
                copy.height,
                kept.size,
                kept.key,
            )
        )
    return Kept(
        drawn.key, name, Kind.IMAGE, media_type, drawn.size, drawn.sha256,
        Look(picture.width, picture.height, picture.placeholder, scan=scan), tuple(variants),
    )  # fmt: skip


async def _keep_bytes(runtime: Runtime, data: bytes) -> "_Bytes":
    store = runtime.get(FileStore)
    async with store.draft(limit=len(data)) as draft:
        await draft.write(data)
        sealed = await draft.seal()
        return _Bytes(await store.keep(sealed), sealed.size, sealed.sha256)


@dataclass(frozen=True, slots=True)
class _Bytes:
    key: str
    size: int
    sha256: bytes


async def _duration(runtime: Runtime, sealed: Sealed, sniffed: Sniffed) -> int | None:
    if sniffed.kind not in {Kind.AUDIO, Kind.VIDEO}:
        return None
    return await runtime.get(Studio).measure(sealed.path, sealed.size)


async def add(
    runtime: Runtime, conn: TenantConn, kept: Kept, *, uploader: ActorId | None
) -> StoredFile:
    """Make kept bytes a file in the caller's transaction. If that fails the bytes are swept a day later.

    Raises QuotaExceeded.
    """
    spaces = SpaceRepository(conn)
    space = await spaces.lock()
    stored = await FileRepository(conn).insert(kept, uploader)
    if stored.key != kept.key:
        for key in kept.keys:
            await jobs.defer(conn, ERASE, {"key": key})
        return stored
    size = kept.size + sum(each.size for each in kept.variants)
    _room(runtime, space).check(size)
    await spaces.grow(size)
    return stored


async def store_draft(runtime: Runtime, draft: Draft, source: Source) -> StoredFile:
    """Keep a draft and make it a file. Raises what keep_draft and add raise."""
    kept = await keep_draft(runtime, draft, source)
    try:
        async with runtime.db.fast.transaction(source.workspace_id) as conn:
            return await add(runtime, conn, kept, uploader=source.actor_id)
    except QuotaExceeded:
        await erase_kept(runtime, kept)
        raise


async def erase_kept(runtime: Runtime, kept: Kept) -> None:
    """Remove kept bytes that became no file."""
    for key in kept.keys:
        await runtime.get(FileStore).delete(key)


async def store_upload(
    runtime: Runtime, upload: Upload, *, workspace_id: WorkspaceId, actor_id: ActorId | None,
    kinds: frozenset[Kind] = USUAL_KINDS,
) -> StoredFile:  # fmt: skip
    """Store what an upload gives. Raises TooLarge, QuotaExceeded, and what keep_draft raises."""
    async with new_draft(runtime, workspace_id) as draft:
        while piece := await upload.read(BLOCK):
            await draft.write(piece)
        source = Source(workspace_id, actor_id, upload.filename, kinds)
        return await store_draft(runtime, draft, source)


async def store_path(
    runtime: Runtime, path: Path, *, workspace_id: WorkspaceId, actor_id: ActorId | None,
    kinds: frozenset[Kind] = USUAL_KINDS,
) -> StoredFile:  # fmt: skip
    """Store a copy of a file of this machine. Raises OSError, and what store_upload raises."""
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
