"""One socket: what leaves it, in which order, and what happens when its other end is slow.

A frame goes straight into the server's write buffer while there is room: the send coroutine of an ASGI server suspends
only when it has to wait. Then, and only then, a task takes over and frames queue up behind it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine, Generator
from typing import Final, Protocol, cast
from uuid import UUID

from besedka.core.clock import monotonic
from besedka.core.i18n import Locale
from besedka.kernel.realtime.types import Close, Frame, Principal, Send, SendEvent, make_frame

QUEUE: Final = 256
DROP_EPHEMERAL: Final = QUEUE // 2
COLLAPSE: Final = QUEUE * 9 // 10
STALL_SECONDS: Final = 20.0
CLOSE_SECONDS: Final = 5.0
FRAMES_PER_SECOND: Final = 20.0
BURST: Final = 120.0

_GONE = (OSError, RuntimeError)
"""What a server raises when it is told to send on a socket that has ended."""


class Spawn(Protocol):
    """Starts a supervised task."""

    def __call__(
        self, work: Coroutine[object, object, None], *, name: str
    ) -> asyncio.Task[None]: ...


class _Rest:
    """The rest of a coroutine that was driven by hand up to its first wait."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[object, object, None], waits_for: object) -> None:
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[object, object, None]:
        try:
            yield self._waits_for
        except BaseException as error:
            self._coroutine.throw(error)
            raise
        yield from cast(Awaitable[None], self._coroutine).__await__()


class Socket:
    """The server's end of one client's connection."""

    __slots__ = (
        "_allowance", "_blocked", "_counted_at", "_held", "_limited", "_queue", "_reader", "_send", "_spawn",
        "_stale", "closing", "joins", "locale", "pending", "principal", "topics",
    )  # fmt: skip

    def __init__(
        self, principal: Principal, *, send: Send, spawn: Spawn, locale: Locale = "en", limited: bool = True
    ) -> None:  # fmt: skip
        self.principal = principal
        self.locale: Locale = locale
        self.topics: set[str] = set()
        self.closing: int | None = None
        self.joins = False
        """Whether the client takes arrays of frames."""
        self.pending = 0
        """Commands that were taken and not answered yet."""
        self._send, self._spawn, self._limited = send, spawn, limited
        self._queue: deque[Frame] | None = None
        self._stale: dict[UUID, int] | None = None
        self._held: dict[UUID, list[Frame]] | None = None
        self._blocked = False
        self._reader: asyncio.Task[object] | None = None
        self._allowance, self._counted_at = BURST, monotonic()

    def offer(self, frame: Frame) -> None:
        """Send a frame as soon as the other end takes it, or lose it as the queue rule says."""
        if self._held is None and not self._blocked and self.closing is None:
            self._push(frame.event)
        elif self._held is not None and frame.chat in self._held:
            self._keep(self._held[frame.chat], frame)
        else:
            self.deliver(frame)

    def deliver(self, frame: Frame) -> None:
        """The same past a hold: what a client missed goes out before what was buffered meanwhile."""
        if self._blocked:
            self._enqueue(frame)
        elif self.closing is None:
            self._push(frame.event)

    def read_by(self, task: asyncio.Task[object] | None) -> None:
        """Say which task reads this socket, so that it can be ended when the other end is dead."""
        self._reader = task

    def may_send(self) -> bool:
        """Count one frame of the client against its allowance."""
        moment = monotonic()
        gained = (moment - self._counted_at) * FRAMES_PER_SECOND
        self._counted_at = moment
        self._allowance = min(BURST, self._allowance + gained) - 1.0
        if self._allowance >= 0.0 or not self._limited:
            return True
        self._allowance = max(self._allowance, -BURST)
        return False

    @property
    def abusive(self) -> bool:
        """Whether the client keeps sending although it was told to wait."""
        return self._limited and self._allowance <= 1.0 - BURST

    def hold(self, chat: UUID) -> None:
        """Buffer a chat's frames until what was missed has been read."""
        if self._held is None:
            self._held = {}
        self._held.setdefault(chat, [])

    def release(self, chat: UUID, *, after: int) -> None:
        """Go live: send what was buffered, except what has been read already (`mod` ≤ `after`)."""
        for frame in self.discard(chat):
            if frame.mod == 0 or frame.mod > after:
                self.offer(frame)

    def discard(self, chat: UUID) -> list[Frame]:
        """Stop buffering a chat and return what was buffered."""
        frames = self._held.pop(chat, []) if self._held is not None else []
        if not self._held:
            self._held = None
        return frames

    def close(self, code: int) -> None:
        """End the socket with a code; what was queued is dropped."""
        if self.closing is None:
            self.closing = code
            self._queue = self._stale = self._held = None
            self._spawn(self._shut(code), name="socket close")

    @staticmethod
    def _keep(held: list[Frame], frame: Frame) -> None:
        if frame.ephemeral:
            return
        if len(held) >= QUEUE:
            held[:] = [_stale_frame(cast(UUID, frame.chat), max(f.mod for f in held))]
        held.append(frame)

    def _push(self, event: SendEvent) -> None:
        sending = cast(Coroutine[object, object, None], self._send(event))
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except _GONE:
            self.closing = self.closing or Close.GOING_AWAY
            return
        self._blocked = True
        self._spawn(self._drain(_Rest(sending, waits_for)), name="socket drain")

    def _enqueue(self, frame: Frame) -> None:
        if self.closing is not None or self._absorb(frame):
            return
        if self._queue is None:
            self._queue = deque()
        if len(self._queue) >= DROP_EPHEMERAL:
            if frame.ephemeral:
                return
            self._make_room(len(self._queue))
            if self._absorb(frame):
                return
        if len(self._queue) >= QUEUE:
            self.close(Close.TOO_SLOW)
            return
        self._queue.append(frame)

    def _absorb(self, frame: Frame) -> bool:
        """Leave a frame of a chat that was given up to the notice that will go out for it."""
        if self._stale is None or frame.chat not in self._stale:
            return False
        if not frame.ephemeral:
            self._stale[frame.chat] = max(self._stale[frame.chat], frame.mod)
        return True

    def _make_room(self, depth: int) -> None:
        queue = cast(deque[Frame], self._queue)
        if depth == DROP_EPHEMERAL:
            self._queue = deque(frame for frame in queue if not frame.ephemeral)
        elif depth >= COLLAPSE and self._stale is None:
            stale: dict[UUID, int] = {}
            for frame in queue:
                if frame.chat is not None:
                    stale[frame.chat] = max(stale.get(frame.chat, 0), frame.mod)
            self._queue = deque(frame for frame in queue if frame.chat is None)
            self._stale = stale

    def _take(self) -> Frame | None:
        if self._queue:
            return self._queue.popleft()
        self._queue = None
        if self._stale:
            chat, mod = self._stale.popitem()
            return _stale_frame(chat, mod)
        self._stale = None
        return None

    async def _drain(self, rest: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await rest
            while self.closing is None and (frame := self._take()) is not None:
                async with asyncio.timeout(STALL_SECONDS):
                    await self._send(frame.event)
        except TimeoutError:
            self.close(Close.TOO_SLOW)
        except _GONE:
            self.closing = self.closing or Close.GOING_AWAY
        finally:
            self._blocked = False

    async def _shut(self, code: int) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._send({"type": "websocket.close", "code": code})
        except TimeoutError:
            if self._reader is not None:
                self._reader.cancel()
        except _GONE:
            return


def _stale_frame(chat: UUID, mod: int) -> Frame:
    """Tell a client to fetch the changes of a chat itself, because their frames were given up."""
    return make_frame("chat.changed", chat=chat, mod=mod, data={"stale": True})
