"""Files as other modules see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol
from uuid import UUID

from besedka.core.content.kinds import Kind
from besedka.core.ids import ActorId, WorkspaceId

FileId = NewType("FileId", UUID)
ResumableId = NewType("ResumableId", UUID)


class VariantName(StrEnum):
    """The smaller copies of a picture: at most 320 and 1280 pixels on their longest side."""

    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"


class Scan(StrEnum):
    """What a virus scanner said of a file when it came."""

    OFF = "off"
    CLEAN = "clean"
    UNSCANNED = "unscanned"


@dataclass(frozen=True, slots=True)
class Variant:
    """A smaller copy of a picture."""

    name: VariantName
    media_type: str
    width: int
    height: int
    size: int
    key: str
    """Where its bytes are in the store; never shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of content beyond its bytes; pixels and the blurred look (ThumbHash) of pictures alone."""

    width: int | None = None
    height: int | None = None
    placeholder: bytes | None = None
    duration_ms: int | None = None
    scan: Scan = Scan.OFF


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
    look: Look = Look()
    variants: tuple[Variant, ...] = ()


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
    look: Look = Look()
    variants: tuple[Variant, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The keys of its bytes and of its smaller copies."""
        return [self.key, *(each.key for each in self.variants)]


@dataclass(frozen=True, slots=True)
class Space:
    """The room that a workspace's files take and may take, in bytes, and how long unused ones are kept."""

    used: int = 0
    quota: int | None = None
    """The workspace's own; None for the installation's."""
    keep_days: int | None = None
    """None for ever."""


@dataclass(frozen=True, slots=True)
class Resumable:
    """An upload that comes in pieces: how long it will be, until when it waits, and the file that it became."""

    id: ResumableId
    actor_id: ActorId
    name: str
    length: int
    expires_at: datetime
    file_id: FileId | None


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
