"""One-time tickets: what opens a socket where no cookie can."""

from dataclasses import dataclass, field

from besedka.core.clock import monotonic
from besedka.core.ids import new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.realtime.errors import TicketSpent
from besedka.kernel.realtime.types import Principal

TICKET_SECONDS = 30
MOST_TICKETS = 10_000


@dataclass(slots=True)
class Tickets:
    """The tickets that this process has issued, in the order of their end."""

    _waiting: dict[bytes, tuple[float, Principal]] = field(default_factory=dict)

    def issue(self, principal: Principal) -> str:
        """Return a ticket that opens one socket within 30 seconds."""
        self._prune()
        ticket = new_token()
        self._waiting[token_hash(ticket)] = (monotonic() + TICKET_SECONDS, principal)
        return ticket

    def spend(self, ticket: str) -> Principal:
        """Return whose ticket it is, once. Raises TicketSpent."""
        until, principal = self._waiting.pop(token_hash(ticket), (0.0, None))
        if principal is None or until < monotonic():
            raise TicketSpent
        return principal

    def _prune(self) -> None:
        moment = monotonic()
        while self._waiting:
            oldest = next(iter(self._waiting))
            if self._waiting[oldest][0] >= moment and len(self._waiting) < MOST_TICKETS:
                return
            del self._waiting[oldest]


def issue_ticket(runtime: Runtime, principal: Principal) -> str:
    """Return a ticket for `/ws`, for a principal whom the caller has authenticated."""
    return runtime.get(Tickets).issue(principal)
