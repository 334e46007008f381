"""One-time tickets: what opens a socket where no cookie can."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from besedka.core.clock import monotonic
from besedka.core.ids import ActorId, SessionId, WorkspaceId, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.realtime.errors import TicketSpent
from besedka.kernel.realtime.types import Principal, PrincipalKind, dumps

if TYPE_CHECKING:
    from besedka.core.bus import Bus

TICKET_SECONDS = 30
MOST_TICKETS = 10_000


@dataclass(slots=True)
class Tickets:
    """Tickets in the order of their end. With a bus they open a socket in every process; while Redis is away, in this one."""

    bus: "Bus | None" = None
    _waiting: dict[bytes, tuple[float, Principal]] = field(default_factory=dict)

    async def issue(self, principal: Principal) -> str:
        """Return a ticket that opens one socket within 30 seconds."""
        ticket = new_token()
        if not await self._share(ticket, principal):
            self._prune()
            self._waiting[token_hash(ticket)] = (monotonic() + TICKET_SECONDS, principal)
        return ticket

    async def spend(self, ticket: str) -> Principal:
        """Return whose ticket it is, once. Raises TicketSpent."""
        until, principal = self._waiting.pop(token_hash(ticket), (0.0, None))
        if principal is None:
            return await self._take_shared(ticket)
        if until < monotonic():
            raise TicketSpent
        return principal

    async def _share(self, ticket: str, principal: Principal) -> bool:
        return self.bus is not None and await self.bus.put(
            _key(ticket), spell(principal), seconds=TICKET_SECONDS
        )

    async def _take_shared(self, ticket: str) -> Principal:
        found = None if self.bus is None else await self.bus.take(_key(ticket))
        if found is None:
            raise TicketSpent
        return read(found)

    def _prune(self) -> None:
        moment = monotonic()
        while self._waiting:
            oldest = next(iter(self._waiting))
            if self._waiting[oldest][0] >= moment and len(self._waiting) < MOST_TICKETS:
                return
            del self._waiting[oldest]


def _key(ticket: str) -> str:
    return f"ticket:{token_hash(ticket).hex()}"


def spell(who: Principal) -> str:
    """Write a principal down for another process."""
    return dumps(
        {
            "workspace": str(who.workspace_id), "actor": str(who.actor_id), "kind": who.kind, "name": who.name,
            "session": None if who.session_id is None else str(who.session_id), "role": who.role,
            "permissions": sorted(who.permissions), "until": None if who.until is None else who.until.isoformat(),
        }
    )  # fmt: skip


def read(text: str) -> Principal:
    """Read what `spell` wrote."""
    found = json.loads(text)
    session = found["session"]
    return Principal(
        workspace_id=WorkspaceId(UUID(found["workspace"])),
        actor_id=ActorId(UUID(found["actor"])),
        kind=PrincipalKind(found["kind"]),
        name=found["name"],
        session_id=None if session is None else SessionId(UUID(session)),
        role=found["role"],
        permissions=frozenset(found["permissions"]),
        until=None if found.get("until") is None else datetime.fromisoformat(found["until"]),
    )


async def issue_ticket(runtime: Runtime, principal: Principal) -> str:
    """Return a ticket for `/ws`, for a principal whom the caller has authenticated."""
    return await runtime.get(Tickets).issue(principal)
