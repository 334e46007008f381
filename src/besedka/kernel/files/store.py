"""The folder of files: quarantine for drafts, and the store of what is kept.

Writing is ours, because an acknowledged file has to survive a power cut and the library does not wait for the disk
(fsync); reading, listing and deleting go through obstore, so that another kind of store fits in behind.
"""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from besedka.core.clock import now
from besedka.core.errors import TooLarge
from besedka.core.module import load
from besedka.kernel.files.types import Sealed

if TYPE_CHECKING:
    from obstore.store import LocalStore

BLOCK = 256 * 1024
KEY_BYTES = 20
PRIVATE = 0o700
STALE = timedelta(days=1)
_KEY = re.compile(f"[0-9a-f]{{{KEY_BYTES * 2}}}")


class Draft:
    """Bytes that come in: hashed and counted on the way to a file that nobody else knows of."""

    def __init__(self, path: Path, *, limit: int) -> None:
        self.path = path
        self._limit, self._size = limit, 0
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self._file: FileIO | None = None

    async def write(self, data: bytes) -> None:
        """Add bytes. Raises TooLarge as soon as there are too many."""
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(limit=self._limit)
        self._waiting += data
        if len(self._waiting) >= BLOCK:
            await self._flush()

    async def seal(self) -> Sealed:
        """Bring everything to the disk."""
        await self._flush()
        await asyncio.to_thread(self._sync)
        return Sealed(self.path, self._size, self._hash.digest())

    async def discard(self) -> None:
        """Close, and remove what is still in quarantine."""
        await asyncio.to_thread(self._remove)

    async def _flush(self) -> None:
        block, self._waiting = self._waiting, bytearray()
        await asyncio.to_thread(self._append, block)

    def _append(self, block: bytearray) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "wb", buffering=0)
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(block)

    def _sync(self) -> None:
        assert self._file is not None
        os.fsync(self._file.fileno())

    def _remove(self) -> None:
        if self._file is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)


class FileStore:
    """Keeps files under random names in one folder."""

    def __init__(self, root: Path) -> None:
        self._incoming, self._kept = root / "incoming", root / "kept"
        self._pinned = root / "pinned"
        self._reader: LocalStore | None = None

    @asynccontextmanager
    async def draft(self, *, limit: int) -> AsyncIterator[Draft]:
        """Yield an empty draft of at most `limit` bytes; what was not kept by the end is gone."""
        draft = Draft(self._incoming / secrets.token_hex(KEY_BYTES), limit=limit)
        try:
            yield draft
        finally:
            await draft.discard()

    async def keep(self, sealed: Sealed) -> str:
        """Move sealed bytes to their final place, survivably, and return its key."""
        key = secrets.token_hex(KEY_BYTES)
        await asyncio.to_thread(_move, sealed.path, self.path(key))
        return key

    def path(self, key: str) -> Path:
        """Where a kept file is."""
        return self._kept / _place(key)

    async def has(self, key: str) -> bool:
        """Whether the bytes of a key are there."""
        return await asyncio.to_thread(self.path(key).is_file)

    async def read(self, key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, block by block. Raises FileNotFoundError."""
        reader = await self._open()
        for begin in range(start, end, BLOCK):
            block = await reader.get_range_async(
                _place(key), start=begin, end=min(begin + BLOCK, end)
            )
            yield bytes(block)

    async def delete(self, key: str) -> None:
        """Remove a kept file, if it is there."""
        reader = await self._open()
        try:
            await reader.delete_async(_place(key))
        except FileNotFoundError:
            return

    async def old_keys(self) -> AsyncIterator[list[str]]:
        """Yield the keys of files that have been kept for a day or longer, in batches."""
        reader = await self._open()
        async for batch in reader.list(chunk_size=500):
            keys = [
                Path(entry["path"]).name for entry in batch if _is_stale(entry["last_modified"])
            ]
            if keys:
                yield keys

    async def pin(self) -> Path:
        """Give every kept file a second name in a folder of its own, where it outlives its deletion; returns the folder.

        Another call adds what came since; `unpin` removes the folder.
        """
        await asyncio.to_thread(_pin, self._kept, self._pinned)
        return self._pinned

    async def unpin(self) -> None:
        """Remove the second names."""
        await asyncio.to_thread(shutil.rmtree, self._pinned, ignore_errors=True)

    async def put_back(self, key: str, blocks: AsyncIterator[bytes]) -> None:
        """Keep bytes under the key that they had when they were backed up. Raises ValueError for no key of ours."""
        if _KEY.fullmatch(key) is None:
            raise ValueError("not a key")
        async with self.draft(limit=sys.maxsize) as draft:
            async for block in blocks:
                await draft.write(block)
            sealed = await draft.seal()
            await asyncio.to_thread(_move, sealed.path, self.path(key))

    async def clear(self) -> None:
        """Remove everything that is kept."""
        await asyncio.to_thread(shutil.rmtree, self._kept, ignore_errors=True)

    async def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not await asyncio.to_thread(_holds_files, self._kept)

    async def sweep_quarantine(self) -> int:
        """Remove drafts that a crash left behind; returns how many."""
        return await asyncio.to_thread(_remove_stale, self._incoming)

    async def _open(self) -> "LocalStore":
        if self._reader is None:
            self._reader = await asyncio.to_thread(_local_store, self._kept)
        return self._reader


def _local_store(folder: Path) -> "LocalStore":
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    store: LocalStore = load("obstore.store").LocalStore(prefix=folder)
    return store


def _place(key: str) -> str:
    return f"{key[:2]}/{key}"


def _move(source: Path, target: Path) -> None:
    folder = target.parent
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        _sync_folder(folder.parent)
    source.rename(target)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pin(kept: Path, pinned: Path) -> None:
    pinned.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    for path in kept.glob("*/*"):
        target = pinned / path.name
        try:
            target.hardlink_to(path)
        except FileExistsError:
            continue
        except FileNotFoundError:
            continue  # deleted since it was listed
        except OSError:
            shutil.copyfile(path, target)  # a file system without links


def _holds_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.glob("*/*"))


def _is_stale(moment: datetime) -> bool:
    return now() - moment > STALE


def _remove_stale(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    earliest = (now() - STALE).timestamp()
    stale = [path for path in folder.iterdir() if path.stat().st_mtime < earliest]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
