"""What goes out over HTTP."""

from uuid import UUID

from besedka.core.schemas import Read
from besedka.kernel.realtime.types import Presence


class TicketRead(Read):
    """A ticket for `/ws`; `expires_in` in seconds."""

    ticket: str
    expires_in: int


class PresenceRead(Read):
    """Somebody who is there."""

    actor: UUID
    state: Presence
