"""`/ws`: raw ASGI, because a hundred sockets get every frame and each wrapper would be paid a hundred times."""

import asyncio
from typing import TypeAlias, cast
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend

from besedka.core.deps import client_address, get_runtime
from besedka.core.errors import BesedkaError, DatabaseAway, Forbidden
from besedka.core.i18n import locale_of
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import check_origin, find_identity
from besedka.kernel.realtime import service
from besedka.kernel.realtime.deps import principal_of
from besedka.kernel.realtime.types import Close, Principal, Send

SUBPROTOCOL = "besedka"
TICKET_PREFIX = "ticket."
LONGEST_TICKET = 100
ATTEMPTS = "120 per minute"

Accept: TypeAlias = dict[str, object]


class SocketEndpoint:
    """Authenticates a socket, then reads its frames until it ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        connection = HTTPConnection(scope)
        runtime = get_runtime(connection)
        if (await receive())["type"] != "websocket.connect":
            return
        try:
            principal = await authenticate(runtime, connection)
        except BesedkaError as error:
            await _refuse(connection, send, error=error)
            return
        await send(_accept(connection))
        await self._serve(runtime, connection, principal, receive=receive, send=cast(Send, send))

    async def _serve(
        self, runtime: Runtime, connection: HTTPConnection, principal: Principal, *, receive: Receive, send: Send
    ) -> None:  # fmt: skip
        hub = runtime.get(service.Hub)
        socket = service.Socket(
            principal, send=send, spawn=runtime.background.spawn, locale=locale_of(connection), limited=hub.limited
        )  # fmt: skip
        socket.read_by(asyncio.current_task())
        try:
            hub.attach(socket)
            await _read(hub, socket, receive=receive)
        except BesedkaError as error:
            await send({"type": "websocket.close", "code": Close.TOO_FAST, "reason": error.code})
        except asyncio.CancelledError:
            if socket.closing is None:
                raise
        finally:
            hub.detach(socket)


async def _read(hub: service.Hub, socket: service.Socket, *, receive: Receive) -> None:
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            socket.closing = socket.closing or Close.GOING_AWAY
            return
        if socket.closing is None:
            await service.receive(hub, socket, text=event.get("text"))


async def authenticate(runtime: Runtime, connection: HTTPConnection) -> Principal:
    """Return whose socket it is: by a one-time ticket, or by the cookie of our own page.

    Raises TicketSpent, Unauthenticated, CsrfRefused for a page of another site, DatabaseAway.
    """
    await runtime.limiter.hit(ATTEMPTS, "socket", client_address(connection))
    ticket = _ticket(connection)
    if ticket is not None:
        return await runtime.get(service.Tickets).spend(ticket)
    identity = await find_identity(connection)
    if identity is None:
        raise _Nobody
    if identity.by_cookie:
        check_origin(connection)
    return principal_of(identity)


class _Nobody(BesedkaError):
    """There was no credential at all."""

    code = "unauthenticated"
    status = 401


def _ticket(connection: HTTPConnection) -> str | None:
    offered: list[str] = connection.scope.get("subprotocols", [])
    for name in offered:
        if name.startswith(TICKET_PREFIX) and len(name) <= LONGEST_TICKET:
            return name.removeprefix(TICKET_PREFIX)
    query = connection.scope.get("query_string", b"")
    given = parse_qs(query.decode("latin-1")).get("ticket", []) if b"ticket=" in query else []
    return given[0] if given and len(given[0]) <= LONGEST_TICKET else None


def _accept(connection: HTTPConnection) -> Accept:
    offered = connection.scope.get("subprotocols", [])
    return {
        "type": "websocket.accept",
        "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None,
    }


async def _refuse(connection: HTTPConnection, send: AsgiSend, *, error: BesedkaError) -> None:
    """A foreign page gets no handshake; others get a code that their script can read."""
    if not isinstance(error, Forbidden):
        await send(_accept(connection))
    away = isinstance(error, DatabaseAway) or error.status == 429
    code = Close.GOING_AWAY if away else Close.UNAUTHENTICATED
    await send({"type": "websocket.close", "code": code, "reason": error.code})


routes: list[BaseRoute] = [WebSocketRoute("/ws", SocketEndpoint())]
