"""Bytes of uploads that come in pieces. What a piece brought stays, whatever ends it; the file's size is the offset."""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from besedka.kernel.files.errors import UploadBusy
from besedka.kernel.files.shelf import BLOCK, PRIVATE
from besedka.kernel.files.types import ResumableId, Sealed


class Partial:
    """The bytes of one upload, open for writing by one request alone."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self.offset = os.fstat(descriptor).st_size

    async def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        await asyncio.to_thread(self._append, data)

    async def sync(self) -> None:
        """Bring what was added to the disk."""
        await asyncio.to_thread(os.fsync, self._descriptor)

    async def seal(self) -> Sealed:
        """Return the complete bytes, hashed and on the disk."""
        await self.sync()
        digest = await asyncio.to_thread(_digest, self._path)
        return Sealed(self._path, self.offset, digest)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.offset += len(data)


class Partials:
    """The folder of uploads in pieces."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def offset(self, upload_id: ResumableId) -> int:
        """Return how many bytes are here."""
        try:
            return self._path(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    @asynccontextmanager
    async def open(self, upload_id: ResumableId) -> AsyncIterator[Partial]:
        """Open an upload for writing. Raises UploadBusy while another request has it, in whatever process."""
        path = self._path(upload_id)
        descriptor = await asyncio.to_thread(_open, path)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadBusy from None
            yield Partial(path, descriptor)
        finally:
            os.close(descriptor)

    def remove(self, upload_id: UUID) -> None:
        """Remove an upload's bytes, if there are any."""
        self._path(upload_id).unlink(missing_ok=True)

    def ids(self) -> list[UUID]:
        """Return the uploads that have bytes here."""
        if not self._folder.is_dir():
            return []
        return [UUID(path.name) for path in self._folder.iterdir()]

    def _path(self, upload_id: UUID) -> Path:
        return self._folder / str(upload_id)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(4 * BLOCK):
            found.update(block)
    return found.digest()
