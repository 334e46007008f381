"""Files on their way: quarantine for drafts on this machine's disk, and the shelf of what is kept."""

import asyncio
import hashlib
import os
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import FileIO
from pathlib import Path

from besedka.core.clock import now
from besedka.core.errors import TooLarge
from besedka.kernel.files.room import Room
from besedka.kernel.files.shelf import BLOCK, KEY, KEY_BYTES, PRIVATE, STALE, Shelf
from besedka.kernel.files.types import Sealed


class Draft:
    """Bytes that come in: hashed and counted on the way to a file that nobody else knows of."""

    def __init__(self, path: Path, *, limit: int, room: Room | None = None) -> None:
        self.path = path
        self._limit, self._room, self._size = limit, room, 0
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self._file: FileIO | None = None

    async def write(self, data: bytes) -> None:
        """Add bytes. Raises TooLarge, QuotaExceeded as soon as there are too many."""
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge(limit=self._limit)
        if self._room is not None:
            self._room.check(self._size)
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
    """Keeps files under random names. Drafts are in a folder, whatever the shelf is."""

    def __init__(self, root: Path, shelf: Shelf) -> None:
        self._incoming, self._shelf = root / "incoming", shelf

    @asynccontextmanager
    async def draft(self, *, limit: int, room: Room | None = None) -> AsyncIterator[Draft]:
        """Yield an empty draft of at most `limit` bytes that fits into a room; what was not kept by the end is gone."""
        draft = Draft(self._incoming / secrets.token_hex(KEY_BYTES), limit=limit, room=room)
        try:
            yield draft
        finally:
            await draft.discard()

    async def keep(self, sealed: Sealed) -> str:
        """Bring sealed bytes to their final place, survivably, and return its key. Raises StoreAway."""
        key = secrets.token_hex(KEY_BYTES)
        await self._shelf.keep(sealed.path, key)
        return key

    async def has(self, key: str) -> bool:
        """Whether the bytes of a key are there. Raises StoreAway."""
        return await self._shelf.has(key)

    def read(self, key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, block by block. Raises FileNotFoundError, StoreAway."""
        return self._shelf.read(key, start=start, end=end)

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give kept bytes as a file of this machine, to be read only. Raises FileNotFoundError, StoreAway."""
        return self._shelf.local(key)

    async def delete(self, key: str) -> None:
        """Remove a kept file, if it is there. Raises StoreAway."""
        await self._shelf.delete(key)

    def old_keys(self) -> AsyncIterator[list[str]]:
        """Yield the keys of files that have been kept for a day or longer, in batches. Raises StoreAway."""
        return self._shelf.keys(old=True)

    async def pin(self) -> None:
        """Keep for a backup what is there now; another call adds what came since."""
        await self._shelf.pin()

    async def lost(self, keys: Sequence[str]) -> list[str]:
        """Return those of the keys whose bytes a backup would not find."""
        return await self._shelf.lost(keys)

    def pinned(self, key: str) -> AsyncIterator[bytes]:
        """Yield bytes for a backup. Raises FileNotFoundError, StoreAway."""
        return self._shelf.pinned(key)

    async def unpin(self) -> None:
        """The backup is over."""
        await self._shelf.unpin()

    async def put_back(self, key: str, blocks: AsyncIterator[bytes]) -> None:
        """Keep bytes under the key that they had when they were backed up. Raises ValueError for no key of ours."""
        if KEY.fullmatch(key) is None:
            raise ValueError("not a key")
        async with self.draft(limit=sys.maxsize) as draft:
            async for block in blocks:
                await draft.write(block)
            sealed = await draft.seal()
            await self._shelf.keep(sealed.path, key)

    async def clear(self) -> None:
        """Remove everything that is kept."""
        await self._shelf.clear()

    async def is_empty(self) -> bool:
        """Whether nothing is kept."""
        async for _ in self._shelf.keys():
            return False
        return True

    async def sweep_quarantine(self) -> int:
        """Remove drafts that a crash left behind; returns how many."""
        return await asyncio.to_thread(_remove_stale, self._incoming)


def _remove_stale(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    earliest = (now() - STALE).timestamp()
    stale = [path for path in folder.iterdir() if path.stat().st_mtime < earliest]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
