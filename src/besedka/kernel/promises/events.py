"""What becomes of promises."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from besedka.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaWarning(Event):
    """A promise of a dialog is about to be missed."""

    public: ClassVar[str] = "dialog.sla_warning"

    conversation_id: UUID
    promise: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBreached(Event):
    """A promise of a dialog was missed."""

    public: ClassVar[str] = "dialog.sla_breached"

    conversation_id: UUID
    promise: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogRated(Event):
    """A visitor rated a dialog, or changed the rating."""

    public: ClassVar[str] = "dialog.rated"

    conversation_id: UUID
    resolution: int
    score: int
    comment: str
    handler_id: UUID | None
