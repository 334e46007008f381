"""What happens to assistants."""

from dataclasses import dataclass
from typing import ClassVar

from besedka.core.events import Event
from besedka.core.ids import ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantCreated(Event):
    """There is a new assistant; its places (a widget, a bot) can be made."""

    public: ClassVar[str] = "assistant.created"

    assistant_id: ActorId
    name: str
