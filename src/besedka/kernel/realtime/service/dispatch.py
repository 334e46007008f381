"""From a client's text to the command that it names."""

import structlog

from besedka.core.errors import BesedkaError
from besedka.kernel.realtime.errors import BadFrame, TooFast, UnknownCommand
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.requests import Request, error_frame, parse
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.types import LARGEST_FRAME, Close, dumps

log = structlog.get_logger(__name__)


async def receive(hub: Hub, socket: Socket, *, text: str | None) -> None:
    """Carry out one frame of a client; whatever is wrong with it becomes an error frame or the end of the socket."""
    if text is None or len(text) > LARGEST_FRAME:
        socket.close(Close.TOO_BIG)
        return
    if not socket.may_send():
        _slow_down(socket)
        return
    try:
        request = Request(socket, parse(text))
    except BadFrame as error:
        socket.offer(error_frame(socket, error))
        return
    try:
        await _carry_out(hub, request)
    except BesedkaError as error:
        request.fail(error)
    except Exception:  # The boundary of the socket loop: one bad command must not end it.
        log.exception("command failed", command=request.frame.get("type"))
        request.fail(BesedkaError())


async def _carry_out(hub: Hub, request: Request) -> None:
    name = str(request.frame["type"])
    immediate = hub.immediate.get(name)
    if immediate is not None:
        immediate(request)
        return
    command = hub.commands.get(name)
    if command is None:
        raise UnknownCommand(command=name[:40])
    done = await command(request)
    request.ack(dumps(done or {}))


def _slow_down(socket: Socket) -> None:
    if socket.abusive:
        socket.close(Close.TOO_FAST)
    else:
        socket.offer(error_frame(socket, TooFast(retry_after=1)))
