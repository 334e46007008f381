"""Tickets for sockets, and who is there."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.realtime import service
from besedka.kernel.realtime.deps import principal_of
from besedka.kernel.realtime.schemas import PresenceRead, TicketRead

router = APIRouter(prefix="/auth", tags=["auth"], route_class=LateRoute)
presence_router = APIRouter(prefix="/presence", tags=["people"], route_class=LateRoute)


@router.post("/ws-ticket", status_code=201, responses=problems(401))
async def issue_ticket(runtime: CurrentRuntime, identity: CurrentIdentity) -> TicketRead:
    """Give a ticket that opens one socket in this workspace, within half a minute."""
    ticket = await service.issue_ticket(runtime, principal_of(identity))
    return TicketRead(ticket=ticket, expires_in=service.TICKET_SECONDS)


@presence_router.get("", responses=problems(401))
async def list_presence(runtime: CurrentRuntime, identity: CurrentIdentity) -> list[PresenceRead]:
    """List who of the workspace is online or away; everybody else is offline."""
    there = runtime.get(service.Presences).of(identity.workspace_id)
    return [PresenceRead(actor=actor, state=state) for actor, state in there.items()]
