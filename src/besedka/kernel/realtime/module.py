"""The manifest of realtime."""

from fastapi import APIRouter

from besedka.core.ids import ActorId, SessionId, WorkspaceId
from besedka.core.module import Manifest
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.realtime import service
from besedka.kernel.realtime.api import router
from besedka.kernel.realtime.service import hello
from besedka.kernel.realtime.types import Close
from besedka.kernel.realtime.ws import routes


async def _start(runtime: Runtime) -> None:
    hub = service.Hub(runtime.background, limited=runtime.settings.rate_limits)
    runtime.put(hub)
    runtime.put(service.Tickets())
    hello.register(hub)
    accounts = runtime.get(Accounts)

    def end(session_id: SessionId) -> None:
        hub.revoke_session(session_id)

    def change(workspace: WorkspaceId, actor_id: ActorId) -> None:
        for socket in hub.sockets_of(actor_id):
            if socket.principal.workspace_id == workspace:
                socket.close(Close.REVOKED)

    accounts.session_ends.append(end)
    accounts.access_changes.append(change)
    runtime.background.spawn(service.watch_sessions(runtime), name="realtime sessions")


MANIFEST = Manifest(
    name="realtime",
    package="besedka.kernel.realtime",
    routers=(router,),
    pages=(APIRouter(routes=routes),),
    start=_start,
)
