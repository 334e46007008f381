"""What happens to sources."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from besedka.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReady(Event):
    """A source can be searched."""

    public: ClassVar[str] = "document.ready"

    source_id: UUID
    collection_id: UUID
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed(Event):
    """A source cannot be read; the reason's code is of the catalogue."""

    public: ClassVar[str] = "document.failed"

    source_id: UUID
    collection_id: UUID
    code: str
