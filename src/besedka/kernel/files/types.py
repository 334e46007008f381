"""Files as other modules see them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NewType, Protocol
from uuid import UUID

from besedka.core.content.kinds import Kind
from besedka.core.ids import ActorId, WorkspaceId

FileId = NewType("FileId", UUID)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file: what it is called, what it is by its content, how large, and who brought it."""

    id: FileId
    name: str
    kind: Kind
    media_type: str
    size: int
    sha256: bytes
    uploader_id: ActorId | None
    created_at: datetime
    key: str
    """Where its bytes are in the store; never shown."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that are complete and on the disk, still in quarantine."""

    path: Path
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes in their final place, typed and named, that no row speaks of yet."""

    key: str
    name: str
    kind: Kind
    media_type: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class UnusedFile:
    """A file that nothing refers to."""

    workspace_id: WorkspaceId
    id: FileId
    name: str
    size: int


class Upload(Protocol):
    """Something that gives its bytes piece by piece, such as a form's file."""

    @property
    def filename(self) -> str | None:
        """What the sender calls it."""
        ...

    async def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...
