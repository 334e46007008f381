"""What can be wrong with a socket or a frame."""

from besedka.core.errors import (
    BesedkaError,
    InvalidInput,
    RateLimited,
    Unauthenticated,
)


class BadFrame(InvalidInput):
    """The frame is not JSON of the protocol; `reason` says what is wrong."""

    code = "bad_frame"


class UnknownCommand(InvalidInput):
    """No module knows this command (`command`)."""

    code = "unknown_command"


class TooFast(RateLimited):
    """The socket sends more than its share."""

    code = "too_fast"


class TicketSpent(Unauthenticated):
    """The ticket is unknown, over, or was used before."""

    code = "ticket_spent"


class TooManySockets(BesedkaError):
    """One actor has as many sockets open as it may."""

    code = "too_many_sockets"
    status = 429
    permanent = False
