"""Words of the module as types."""

from dataclasses import dataclass
from uuid import UUID

from besedka.core.ids import ActorId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Place:
    """A widget as visitors' requests need it, found by its public key."""

    workspace_id: WorkspaceId
    id: UUID
    assistant_id: ActorId
    name: str
    accent: str
    allowed_origins: tuple[str, ...]
    public_key: str


@dataclass(frozen=True, slots=True)
class Look:
    """What an owner chooses of a widget. An empty list of origins allows every site."""

    name: str
    accent: str
    allowed_origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A visitor who showed a token."""

    id: UUID
    contact_id: ActorId
    conversation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a visitor wrote: words, files of their own, or both. The same key again is the same message."""

    key: str
    body: str
    files: tuple[UUID, ...] = ()
