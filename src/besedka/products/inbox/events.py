"""What happens in the inbox."""

from dataclasses import dataclass
from uuid import UUID

from besedka.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogStarted(Event):
    """One of the people inside has written to a contact first."""

    dialog_id: UUID
    contact_id: UUID
