"""The hub: sockets by topic, by session and by actor; commands; the feed of missed changes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from pydantic import JsonValue

from besedka.core.background import Background
from besedka.core.ids import ActorId, SessionId
from besedka.core.runtime import Runtime
from besedka.kernel.realtime.errors import TooManySockets
from besedka.kernel.realtime.service.requests import Request
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.types import Close, Feed, Frame, Principal, join

if TYPE_CHECKING:
    from besedka.core.bus import Bus, Fields

K = TypeVar("K", ActorId, SessionId)

SOCKETS_PER_ACTOR = 50
RESYNCS_AT_ONCE = 3
"""Clients that are brought up to date at the same time; each holds a connection meanwhile."""

Command = Callable[[Request], Awaitable[Mapping[str, JsonValue] | None]]
"""Does what a frame asks; what it returns is the acknowledgement's data."""
Immediate = Callable[[Request], None]
"""The same without waiting: it answers by `request.ack` and `request.fail`, then or later."""
TopicOf = Callable[[Principal], str | None]
"""The topic that a principal may listen to, if any."""


@dataclass(slots=True)
class Hub:
    """All sockets of this process. With a `bus`, what is published reaches those of the other processes, too."""

    background: Background
    bus: "Bus | None" = None
    limited: bool = True
    commands: dict[str, Command] = field(default_factory=dict)
    immediate: dict[str, Immediate] = field(default_factory=dict)
    streams: dict[str, TopicOf] = field(default_factory=dict)
    feed: Feed | None = None
    attached: list[Callable[[Socket], None]] = field(default_factory=list)
    """Called with a socket that was taken in."""
    detached: list[Callable[[Socket], None]] = field(default_factory=list)
    """Called with a socket that was forgotten."""
    resyncs: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RESYNCS_AT_ONCE))
    _topics: dict[str, dict[Socket, None]] = field(default_factory=dict)
    _sessions: dict[SessionId, set[Socket]] = field(default_factory=dict)
    _actors: dict[ActorId, set[Socket]] = field(default_factory=dict)

    def register_command(self, name: str, command: Command) -> None:
        """Let clients send a command that waits for something; frames of one socket run in turn."""
        self.commands[name] = command

    def register_immediate(self, name: str, command: Immediate) -> None:
        """Let clients send a command that answers by itself, so that the next frame need not wait."""
        self.immediate[name] = command

    def register_stream(self, name: str, topic_of: TopicOf) -> None:
        """Let clients ask for a topic in `hello`, as `{"<name>": true}`."""
        self.streams[name] = topic_of

    def register_feed(self, feed: Feed) -> None:
        """Say who knows the chats."""
        self.feed = feed

    def attach(self, socket: Socket) -> None:
        """Take a socket in. Raises TooManySockets."""
        who = socket.principal
        mine = self._actors.setdefault(who.actor_id, set())
        if len(mine) >= SOCKETS_PER_ACTOR and self.limited:
            raise TooManySockets(most=SOCKETS_PER_ACTOR)
        mine.add(socket)
        if who.session_id is not None:
            self._sessions.setdefault(who.session_id, set()).add(socket)
        self.subscribe(socket, f"actor:{who.actor_id}")
        for tell in self.attached:
            tell(socket)

    def detach(self, socket: Socket) -> None:
        """Forget a socket that has ended."""
        who = socket.principal
        for topic in list(socket.topics):
            self.unsubscribe(socket, topic)
        _remove(self._actors, who.actor_id, socket=socket)
        if who.session_id is not None:
            _remove(self._sessions, who.session_id, socket=socket)
        for tell in self.detached:
            tell(socket)

    def subscribe(self, socket: Socket, topic: str) -> None:
        """Let a socket hear a topic; with a bus, from `settled` on."""
        listeners = self._topics.get(topic)
        if listeners is None:
            listeners = self._topics[topic] = {}
            if self.bus is not None:
                self.bus.listen(channel_of(topic))
        listeners[socket] = None
        socket.topics.add(topic)

    def unsubscribe(self, socket: Socket, topic: str) -> None:
        """Let a socket no longer hear a topic."""
        socket.topics.discard(topic)
        listeners = self._topics.get(topic)
        if listeners is not None:
            listeners.pop(socket, None)
            if not listeners:
                del self._topics[topic]
                if self.bus is not None:
                    self.bus.leave(channel_of(topic))

    async def settled(self) -> None:
        """Wait until this process hears what others publish on the topics that its sockets listen to."""
        if self.bus is not None:
            await self.bus.settled()

    def publish(self, topic: str, frame: Frame) -> None:
        """Offer a frame to all who listen, in every process."""
        self.publish_here(topic, frame)
        if self.bus is not None:
            self.bus.send(
                channel_of(topic), "frame", topic=topic, text=frame.text, mod=frame.mod,
                chat=None if frame.chat is None else str(frame.chat), ephemeral=frame.ephemeral,
            )  # fmt: skip

    def hear(self, fields: "Fields") -> None:
        """Offer a frame that another process has published."""
        chat = fields["chat"]
        frame = Frame(
            str(fields["text"]), chat=None if chat is None else UUID(str(chat)),
            mod=int(str(fields["mod"])), ephemeral=fields["ephemeral"] is True,
        )  # fmt: skip
        self.publish_here(str(fields["topic"]), frame)

    def publish_here(self, topic: str, frame: Frame) -> int:
        """Offer a frame to all who listen in this process; return how many they are."""
        listeners = self._topics.get(topic)
        if not listeners:
            return 0
        for socket in listeners:
            socket.offer(frame)
        return len(listeners)

    def publish_many(
        self, topic: str, frames: Sequence[Frame], *, floors: Mapping[ActorId, int] | None = None
    ) -> int:
        """Offer frames of one chat in their order, in this process; return how many were offered.

        Who has a floor hears only of messages after that place.
        """
        listeners = self._topics.get(topic)
        if not listeners or not frames:
            return 0
        if floors and max(floors.values()) >= min(frame.seq for frame in frames):
            return _publish_above(floors, listeners, frames=frames)
        joined: Sequence[Frame] | None = frames if len(frames) == 1 else None
        offers = 0
        for socket in listeners:
            if socket.joins and joined is None:
                joined = join(frames)
            fitting = joined if socket.joins and joined is not None else frames
            for frame in fitting:
                socket.offer(frame)
            offers += len(fitting)
        return offers

    def later(self, topic: str, frame: Frame) -> Callable[[], None]:
        """Return what publishes a frame, for `conn.on_commit`."""

        def publish() -> None:
            self.publish(topic, frame)

        return publish

    def listened(self, topic: str) -> bool:
        """Whether anybody listens in this process."""
        return topic in self._topics

    def reaches(self, topic: str) -> bool:
        """Whether anybody may listen, here or in another process."""
        return self.bus is not None or topic in self._topics

    def listeners(self, topic: str) -> list[Socket]:
        """Return the sockets that listen."""
        return list(self._topics.get(topic, ()))

    def topics(self) -> Iterable[str]:
        """Return all topics that somebody listens to."""
        return self._topics.keys()

    def sockets_of(self, actor_id: ActorId) -> list[Socket]:
        """Return an actor's sockets."""
        return list(self._actors.get(actor_id, ()))

    def sockets(self) -> list[Socket]:
        """Return every socket."""
        return [socket for mine in self._actors.values() for socket in mine]

    def revoke_session(self, session_id: SessionId) -> int:
        """Close a session's sockets at once; return how many there were."""
        sockets = self._sessions.get(session_id, set())
        for socket in sockets:
            socket.close(Close.REVOKED)
        return len(sockets)

    def expel(self, topic: str, *, chat: UUID, keeps: Callable[[Principal], bool], notice: Frame) -> None:  # fmt: skip
        """Take a topic from those who may not hear it any more, with a last notice."""
        for socket in self.listeners(topic):
            if not keeps(socket.principal):
                self.unsubscribe(socket, topic)
                socket.discard(chat)
                socket.offer(notice)


def _publish_above(
    floors: Mapping[ActorId, int], listeners: Iterable[Socket], *, frames: Sequence[Frame]
) -> int:
    """Offer to each socket what lies above its actor's floor."""
    offers = 0
    for socket in listeners:
        floor = floors.get(socket.principal.actor_id, 0)
        shown = [frame for frame in frames if frame.seq > floor]
        for frame in shown:
            socket.offer(frame)
        offers += len(shown)
    return offers


def channel_of(topic: str) -> str:
    """Return the bus's channel of a topic: a conversation's topics share one."""
    return ":".join(topic.split(":", 2)[:2])


def _remove(index: dict[K, set[Socket]], key: K, *, socket: Socket) -> None:
    mine = index.get(key)
    if mine is not None:
        mine.discard(socket)
        if not mine:
            del index[key]


def revoke_session(runtime: Runtime, session_id: SessionId) -> int:
    """Close a session's sockets at once, because it was ended; return how many there were."""
    return runtime.get(Hub).revoke_session(session_id)
