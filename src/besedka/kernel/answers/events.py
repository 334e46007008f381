"""What happens to assistants."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from besedka.core.events import Event
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantCreated(Event):
    """There is a new assistant; its places (a widget, a bot) can be made."""

    public: ClassVar[str] = "assistant.created"

    assistant_id: ActorId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionUnanswered(Event):
    """An assistant did not know the answer to a visitor's question."""

    run_id: UUID
    assistant_id: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOff(Event):
    """A dialog has come into the queue of people; `locale` is the language that it was told so in."""

    conversation_id: UUID
    locale: Locale
