"""What happens to conversations and contacts."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from besedka.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLabelled(Event):
    """A conversation has got a label."""

    public: ClassVar[str] = "chat.labelled"

    conversation_id: UUID
    label_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUnlabelled(Event):
    """A conversation has lost a label, which may be deleted by now."""

    public: ClassVar[str] = "chat.unlabelled"

    conversation_id: UUID
    label_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDeleted(Event):
    """A label is gone, and no conversation has it any more."""

    public: ClassVar[str] = "label.deleted"

    label_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLinked(Event):
    """A conversation is about something of a product."""

    public: ClassVar[str] = "chat.linked"

    conversation_id: UUID
    entity_type: str
    entity_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUnlinked(Event):
    """A conversation is not about something any more."""

    public: ClassVar[str] = "chat.unlinked"

    conversation_id: UUID
    entity_type: str
    entity_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMerged(Event):
    """A contact turned out to be another one, the survivor, who has its identities and dialogs now."""

    public: ClassVar[str] = "contact.merged"

    survivor_id: UUID
    merged_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactParted(Event):
    """A contact turned out to be somebody else than the survivor that it was merged into; it has its own again."""

    public: ClassVar[str] = "contact.parted"

    survivor_id: UUID
    merged_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactErased(Event):
    """A contact is forgotten, and so are those that were merged into it."""

    public: ClassVar[str] = "contact.erased"

    contact_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogQueued(Event):
    """A dialog waits for somebody to have it."""

    dialog_id: UUID
