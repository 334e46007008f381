"""The manifest of realtime."""

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter

from besedka.core.ids import ActorId, SessionId, WorkspaceId
from besedka.core.module import Manifest
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.realtime import service
from besedka.kernel.realtime.api import presence_router, router
from besedka.kernel.realtime.service import hello
from besedka.kernel.realtime.types import Close
from besedka.kernel.realtime.ws import routes

if TYPE_CHECKING:
    from besedka.core.bus import Bus, Fields

EVERYBODY = "everybody"


async def _start(runtime: Runtime) -> None:
    hub = service.Hub(runtime.background, bus=runtime.bus, limited=runtime.settings.rate_limits)
    runtime.put(hub)
    runtime.put(service.Tickets(runtime.bus))
    hello.register(hub)
    runtime.put(service.Presences(hub, runtime.bus))
    runtime.background.spawn(
        service.keep_renewing(runtime.get(service.Presences)), name="realtime presence"
    )
    _close_what_ends(hub, runtime.get(Accounts))
    if runtime.bus is not None:
        _join(hub, runtime.bus, runtime.get(Accounts))
    runtime.background.spawn(service.watch_sessions(runtime), name="realtime sessions")


def _close_what_ends(hub: service.Hub, accounts: Accounts) -> None:
    def end(session_id: SessionId) -> None:
        hub.revoke_session(session_id)

    def change(workspace: WorkspaceId, actor_id: ActorId) -> None:
        for socket in hub.sockets_of(actor_id):
            if socket.principal.workspace_id == workspace:
                socket.close(Close.REVOKED)

    accounts.session_ends.append(end)
    accounts.access_changes.append(change)


def _join(hub: service.Hub, bus: "Bus", accounts: Accounts) -> None:
    """Let the other processes know of what ends here, and end here what ended there."""
    ends, changes = tuple(accounts.session_ends), tuple(accounts.access_changes)

    def ended(fields: "Fields") -> None:
        for end in ends:
            end(SessionId(UUID(str(fields["session"]))))

    def changed(fields: "Fields") -> None:
        workspace = WorkspaceId(UUID(str(fields["workspace"])))
        for change in changes:
            change(workspace, ActorId(UUID(str(fields["actor"]))))

    def tell_end(session_id: SessionId) -> None:
        bus.send(EVERYBODY, "session.ended", session=str(session_id))

    def tell_change(workspace: WorkspaceId, actor_id: ActorId) -> None:
        bus.send(EVERYBODY, "access.changed", workspace=str(workspace), actor=str(actor_id))

    bus.on("frame", hub.hear)
    bus.on("session.ended", ended)
    bus.on("access.changed", changed)
    accounts.session_ends.append(tell_end)
    accounts.access_changes.append(tell_change)


MANIFEST = Manifest(
    name="realtime",
    package="besedka.kernel.realtime",
    routers=(router, presence_router),
    sockets=(APIRouter(routes=routes),),
    start=_start,
)
