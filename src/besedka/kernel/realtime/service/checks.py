"""Looking after open sockets: whose session has ended, whose role has changed."""

import asyncio

import structlog

from besedka.core.errors import Unavailable
from besedka.core.runtime import Runtime
from besedka.kernel.realtime.repository import SystemSessions
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.types import Close

log = structlog.get_logger(__name__)

CHECK_SECONDS = 4.0


async def check_sessions(runtime: Runtime) -> int:
    """Close the sockets whose session has ended or whose role is another one; return how many."""
    hub = runtime.get(Hub)
    sockets = [s for s in hub.sockets() if s.principal.session_id is not None and s.closing is None]
    if not sockets:
        return 0
    async with runtime.db.system.acquire() as conn:
        valid = await SystemSessions(conn).roles({s.principal.session_id for s in sockets})
    closed = 0
    for socket in sockets:
        who = socket.principal
        if valid.get((who.session_id, who.workspace_id)) != who.role:
            socket.close(Close.REVOKED)
            closed += 1
    return closed


async def watch_sessions(runtime: Runtime) -> None:
    """Check all sessions every few seconds, for as long as the process runs."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await check_sessions(runtime)
        except Unavailable as error:
            log.warning("sessions could not be checked", code=error.code)
        except Exception:
            log.exception("checking sessions failed")
