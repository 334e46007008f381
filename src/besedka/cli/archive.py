"""The archive of a backup: a zip file whose last member, the manifest, names every other with its checksum."""

import hashlib
import os
import zipfile
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST = "manifest.json"
FORMAT = 1
BLOCK = 256 * 1024
MOST_MANIFEST_BYTES = 1024**3
TABLES, FILES, SECRETS = "tables/", "files/", "secrets/"


class BadArchive(Exception):
    """The archive cannot be used; the message says why."""


class Entry(BaseModel):
    """What a member has to be."""

    model_config = ConfigDict(extra="forbid")

    sha256: str
    size: int


class Manifest(BaseModel):
    """What the archive holds and where it came from. `key_id` names the master key that secrets are sealed with."""

    model_config = ConfigDict(extra="forbid")

    format: int
    version: str
    revision: str
    created_at: str
    key_id: str
    tables: dict[str, list[str]]
    entries: dict[str, Entry]
    lost: list[str] = []
    """The keys of uploaded files whose bytes were not there any more when the backup was made."""

    @property
    def files(self) -> list[str]:
        """The keys of the uploaded files."""
        return [name.removeprefix(FILES) for name in self.entries if name.startswith(FILES)]

    @property
    def secrets(self) -> list[str]:
        """The names of the secrets' files."""
        return [name.removeprefix(SECRETS) for name in self.entries if name.startswith(SECRETS)]


class Member:
    """A member that is being written."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self._size = 0

    async def write(self, data: bytes) -> None:
        """Add bytes."""
        await to_thread(self.add, data)

    def add(self, data: bytes) -> None:
        """Add bytes, in the calling thread."""
        self._target.write(data)
        self._hash.update(data)
        self._size += len(data)

    @property
    def entry(self) -> Entry:
        """What was written."""
        return Entry(sha256=self._hash.hexdigest(), size=self._size)


class Writer:
    """Writes an archive under a temporary name; it gets its own with the manifest, complete and on the disk."""

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, path.with_name(path.name + ".part")
        self.entries: dict[str, Entry] = {}

    def __enter__(self) -> Self:
        descriptor = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)

    @contextmanager
    def member(self, name: str, *, packed: bool) -> Iterator[Member]:
        """Open the next member; what is compressed already is not `packed` again."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as target:
            made = Member(target)
            yield made
        self.entries[name] = made.entry

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and give the archive its name."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(), zipfile.ZIP_DEFLATED)
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Reader:
    """Reads an archive. Raises BadArchive."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            if self._zip.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
                raise BadArchive("The archive's manifest is too large.")
            self.manifest = Manifest.model_validate_json(self._zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValidationError, OSError) as error:
            raise BadArchive(f"{path} is not a complete backup of Besedka.") from error
        if self.manifest.format != FORMAT:
            raise BadArchive(
                f"This version does not read archives of format {self.manifest.format}."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self._zip.close()

    def verify(self, on_progress: Callable[[int, int], None]) -> None:
        """Compare every member with the manifest; tells how many are done. Raises BadArchive."""
        entries: Mapping[str, Entry] = self.manifest.entries
        there = self._zip.namelist()
        if sorted(there) != sorted([*entries, MANIFEST]):
            raise BadArchive("The archive's members are not those of its manifest.")
        for done, (name, entry) in enumerate(entries.items(), 1):
            if self._entry(name) != entry:
                raise BadArchive(f"The archive is damaged: {name} is not what was written.")
            on_progress(done, len(entries))

    def _entry(self, name: str) -> Entry | None:
        found, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as source:
                while block := source.read(BLOCK):
                    found.update(block)
                    size += len(block)
        except (zipfile.BadZipFile, OSError, EOFError):
            return None
        return Entry(sha256=found.hexdigest(), size=size)

    async def blocks(self, name: str) -> AsyncIterator[bytes]:
        """Yield a member's bytes."""
        with self._zip.open(name) as source:
            while block := await to_thread(source.read, BLOCK):
                yield block

    def read(self, name: str) -> bytes:
        """Return a small member whole."""
        return self._zip.read(name)
