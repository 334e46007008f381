"""What goes out over HTTP."""

from besedka.core.schemas import Read


class TicketRead(Read):
    """A ticket for `/ws`; `expires_in` in seconds."""

    ticket: str
    expires_in: int
