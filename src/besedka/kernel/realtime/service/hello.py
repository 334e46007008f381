"""`hello`: say what you have seen, get what you missed, and go live without a hole in between.

Subscribe, buffer, read the changes since, drop what is not newer than what was read, go live. What a principal may not
read is subscribed for the time of one query and hears nothing, because its frames are buffered and then thrown away.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.kernel.realtime.errors import BadFrame
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.requests import Request, whole
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.types import CaughtUp, Feed, make_frame

MOST_CHATS = 1000
NOTHING_MISSED = 2**62
"""The cursor of a client that wants a chat from now on only."""


def register(hub: Hub) -> None:
    """Let clients say hello, leave a chat, and ping."""

    async def hello(request: Request) -> Mapping[str, JsonValue]:
        return await greet(hub, request)

    def leave(request: Request) -> None:
        chat = request.uuid("chat")
        if hub.feed is not None:
            hub.unsubscribe(request.socket, hub.feed.topic(request.principal, chat))
        request.ack()

    hub.register_command("hello", hello)
    hub.register_immediate("leave", leave)
    hub.register_immediate("ping", _pong)


def _pong(request: Request) -> None:
    request.ack(f'{{"server_time":"{now().isoformat()}"}}')


async def greet(hub: Hub, request: Request) -> Mapping[str, JsonValue]:
    """Subscribe a socket to what it asks for and bring it up to date; return where each chat stands."""
    cursors = _cursors(request.frame.get("cursors"))
    socket, who = request.socket, request.principal
    socket.offer(
        make_frame("hello", data={"actor": str(who.actor_id), "server_time": now().isoformat()})
    )
    socket.joins = request.frame.get("batch") is True
    for name, topic_of in hub.streams.items():
        if request.frame.get(name) is True and (topic := topic_of(who)) is not None:
            hub.subscribe(socket, topic)
    await hub.settled()
    if not cursors or hub.feed is None:
        return {"chats": {}}
    return {"chats": await _resync(hub, hub.feed, socket=socket, cursors=cursors)}


async def _resync(
    hub: Hub, feed: Feed, *, socket: Socket, cursors: Mapping[UUID, int]
) -> dict[str, JsonValue]:  # fmt: skip
    who = socket.principal
    for chat in cursors:
        socket.hold(chat)
        hub.subscribe(socket, feed.topic(who, chat))
    found: dict[UUID, CaughtUp] = {}
    try:
        await hub.settled()
        async with hub.resyncs:
            found = {
                missed.chat: missed
                for missed in await feed.catch_up(who, cursors)
                # Whoever was let go while this was being read hears nothing more of it.
                if feed.topic(who, missed.chat) in socket.topics
            }
        for missed in found.values():
            for frame in missed.frames:
                socket.deliver(frame)
    finally:
        for chat in cursors:
            _go_live(hub, feed, socket=socket, chat=chat, missed=found.get(chat))
    return {str(chat): missed.mod for chat, missed in found.items()}


def _go_live(hub: Hub, feed: Feed, *, socket: Socket, chat: UUID, missed: CaughtUp | None) -> None:
    if missed is not None:
        socket.release(chat, after=missed.mod)
        return
    socket.discard(chat)
    hub.unsubscribe(socket, feed.topic(socket.principal, chat))
    socket.offer(make_frame("chat.gone", chat=chat))


def _cursors(value: JsonValue) -> dict[UUID, int]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MOST_CHATS:
        raise BadFrame(reason="field", field="cursors")
    try:
        return {
            UUID(chat): NOTHING_MISSED if mod is None else whole(mod, "cursors")
            for chat, mod in value.items()
        }
    except ValueError as error:
        raise BadFrame(reason="field", field="cursors") from error
