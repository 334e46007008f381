"""Where kept bytes stand: a folder of this machine, or a bucket (`bucket.py`).

Writing into the folder is ours, because an acknowledged file has to survive a power cut and the library does not wait
for the disk (fsync); reading, listing and deleting go through obstore, in both places.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from besedka.core.clock import now
from besedka.core.module import load

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

BLOCK = 256 * 1024
KEY_BYTES = 20
PRIVATE = 0o700
STALE = timedelta(days=1)
KEY = re.compile(f"[0-9a-f]{{{KEY_BYTES * 2}}}")
_LISTED_AT_ONCE = 500


class Shelf(Protocol):
    """Keeps bytes under random keys that are never used twice."""

    async def keep(self, path: Path, key: str) -> None:
        """Take over the complete bytes of a file; when this returns they are kept for good."""

    async def has(self, key: str) -> bool:
        """Whether the bytes of a key are there."""

    def read(self, key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, block by block. Raises FileNotFoundError."""

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give the bytes as a file of this machine, to be read only. Raises FileNotFoundError."""

    async def delete(self, key: str) -> None:
        """Remove the bytes of a key, if they are there."""

    def keys(self, *, old: bool = False) -> AsyncIterator[list[str]]:
        """Yield the keys of what is kept, or of what has been for a day or longer, in batches."""

    async def clear(self) -> None:
        """Remove everything that is kept."""

    async def pin(self) -> None:
        """Keep for a backup what is there now, also when it is deleted meanwhile, where that is possible."""

    async def lost(self, keys: Sequence[str]) -> list[str]:
        """Return those of the keys whose bytes a backup would not find."""

    def pinned(self, key: str) -> AsyncIterator[bytes]:
        """Yield bytes for a backup. Raises FileNotFoundError."""

    async def unpin(self) -> None:
        """The backup is over."""


def place(key: str) -> str:
    """Return where the bytes of a key stand, from the shelf's beginning."""
    return f"{key[:2]}/{key}"


async def listed(store: "LocalStore | S3Store", *, old: bool) -> AsyncIterator[list[str]]:
    """Yield the keys in a store, in batches; what is not ours is passed over."""
    async for batch in store.list(chunk_size=_LISTED_AT_ONCE):
        keys = [
            name
            for entry in batch
            if KEY.fullmatch(name := Path(entry["path"]).name)
            and (not old or _is_stale(entry["last_modified"]))
        ]
        if keys:
            yield keys


class Folder:
    """A shelf in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._kept, self._pinned = root / "kept", root / "pinned"
        self._reader: LocalStore | None = None

    def path(self, key: str) -> Path:
        """Where a kept file is."""
        return self._kept / place(key)

    async def keep(self, path: Path, key: str) -> None:
        """Move synced bytes to their final place, survivably."""
        await asyncio.to_thread(_move, path, self.path(key))

    async def has(self, key: str) -> bool:
        """Whether the bytes of a key are there."""
        return await asyncio.to_thread(self.path(key).is_file)

    async def read(self, key: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `end`, block by block. Raises FileNotFoundError."""
        reader = await self._open()
        for begin in range(start, end, BLOCK):
            block = await reader.get_range_async(
                place(key), start=begin, end=min(begin + BLOCK, end)
            )
            yield bytes(block)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        """Give the kept file itself."""
        yield self.path(key)

    async def delete(self, key: str) -> None:
        """Remove a kept file, if it is there."""
        reader = await self._open()
        try:
            await reader.delete_async(place(key))
        except FileNotFoundError:
            return

    async def keys(self, *, old: bool = False) -> AsyncIterator[list[str]]:
        """Yield the keys of what is kept, or of what has been for a day or longer, in batches."""
        async for batch in listed(await self._open(), old=old):
            yield batch

    async def clear(self) -> None:
        """Remove everything that is kept."""
        await asyncio.to_thread(shutil.rmtree, self._kept, ignore_errors=True)

    async def pin(self) -> None:
        """Give every kept file a second name in a folder of its own, where it outlives its deletion.

        Another call adds what came since; `unpin` removes the folder.
        """
        await asyncio.to_thread(_pin, self._kept, self._pinned)

    async def lost(self, keys: Sequence[str]) -> list[str]:
        """Return those of the keys that have no second name."""
        return [key for key in keys if not (self._pinned / key).is_file()]

    async def pinned(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes behind a second name."""
        with await asyncio.to_thread((self._pinned / key).open, "rb") as source:
            while block := await asyncio.to_thread(source.read, 4 * BLOCK):
                yield block

    async def unpin(self) -> None:
        """Remove the second names."""
        await asyncio.to_thread(shutil.rmtree, self._pinned, ignore_errors=True)

    async def _open(self) -> "LocalStore":
        if self._reader is None:
            self._reader = await asyncio.to_thread(_local_store, self._kept)
        return self._reader


def _local_store(folder: Path) -> "LocalStore":
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    store: LocalStore = load("obstore.store").LocalStore(prefix=folder)
    return store


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


def _is_stale(moment: datetime) -> bool:
    return now() - moment > STALE
