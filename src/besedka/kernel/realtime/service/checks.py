"""Looking after open sockets: whose session has ended, whose role has changed."""

import asyncio
from itertools import count

import structlog

from besedka.core.clock import now
from besedka.core.errors import Unavailable
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.realtime.repository import SystemSessions
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.types import Close

log = structlog.get_logger(__name__)

CHECK_SECONDS = 4.0
TURNS_TO_NOTE = 15


async def check_sessions(runtime: Runtime) -> int:
    """Close the sockets whose session has ended or whose role is another one; return how many."""
    hub = runtime.get(Hub)
    over = close_ended(hub)
    sockets = [s for s in hub.sockets() if s.principal.session_id is not None and s.closing is None]
    if not sockets:
        return over
    async with runtime.db.system.acquire() as conn:
        valid = await SystemSessions(conn).roles({s.principal.session_id for s in sockets})
    closed = over
    for socket in sockets:
        who = socket.principal
        if valid.get((who.session_id, who.workspace_id)) != who.role:
            socket.close(Close.REVOKED)
            closed += 1
    return closed


def close_ended(hub: Hub) -> int:
    """Close the sockets whose time is over; return how many."""
    moment = now()
    ended = [
        s for s in hub.sockets() if s.closing is None and (s.principal.until or moment) < moment
    ]
    for socket in ended:
        socket.close(Close.REVOKED)
    return len(ended)


async def note_presence(runtime: Runtime) -> None:
    """Have the sessions of open sockets count as used: somebody looks at a page, though it asks for nothing."""
    sockets = runtime.get(Hub).sockets()
    ids = {s.principal.session_id for s in sockets if s.principal.session_id is not None}
    if ids:
        async with runtime.db.system.acquire() as conn:
            await accounts.note_use(conn, ids)


async def watch_sessions(runtime: Runtime) -> None:
    """Check all sessions every few seconds, for as long as the process runs; note every minute who is there."""
    for turn in count(1):
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await check_sessions(runtime)
            if turn % TURNS_TO_NOTE == 0:
                await note_presence(runtime)
        except Unavailable as error:
            log.warning("sessions could not be checked", code=error.code)
        except Exception:
            log.exception("checking sessions failed")
