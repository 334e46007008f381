"""The bus between the processes of one installation: Redis publish and subscribe, heard at most once.

What must not be lost is in the database; the bus only saves the others from looking. So it is allowed to lose, but not in
silence: a process that may have missed something runs its `recovered` callbacks, which look. Nobody waits for Redis:
while it is away, what should be sent is dropped, and `healthy` is false.

A message is a JSON object with the sender's `origin` and a `kind`, whose handler gets the other members. Every process hears
its own pulse through Redis; one that has not for six seconds connects anew.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, cast

import structlog
from pydantic import JsonValue
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from besedka.core.background import Background
from besedka.core.ids import new_token

log = structlog.get_logger(__name__)

Fields = Mapping[str, JsonValue]
Handler = Callable[[Fields], None]

EVERYBODY: Final = "everybody"
"""The channel that every process listens to."""
PREFIX: Final = "besedka:"
MOST_WAITING: Final = 20_000
AT_ONCE: Final = 256
PULSE_SECONDS: Final = 2.0
SILENCE_SECONDS: Final = 6.0
ANSWER_SECONDS: Final = 2.0
SETTLE_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.5
AWAY = (RedisError, OSError, TimeoutError)


class Bus:
    """One process's end of the bus."""

    def __init__(self, url: str, background: Background) -> None:
        self.origin = new_token()[:12]
        self.healthy = False
        self.recovered: list[Callable[[], None]] = []
        """Called when something may have been missed."""
        self.client = Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS,
            # We come back ourselves: a listener that is connected anew unnoticed has missed something.
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        self._background = background
        self._handlers: dict[str, Handler] = {"pulse": self._beat, "lost": self._missed}
        self._wanted: Counter[str] = Counter({EVERYBODY: 1})
        self._heard: set[str] = set()
        self._waiting: deque[tuple[str, str]] = deque()
        self._sends, self._subscribes = asyncio.Event(), asyncio.Event()
        self._settled, self._beats = asyncio.Event(), asyncio.Event()
        self._was_away = self._lost = False

    def start(self) -> None:
        """Connect, and stay connected, in the background."""
        self._background.spawn(self._keep_sending(), name="bus sender")
        self._background.spawn(self._keep_listening(), name="bus listener")
        self._background.spawn(self._keep_beating(), name="bus pulse")

    async def close(self) -> None:
        """Send what waits, and let go of the connections."""
        with suppress(*AWAY):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._send(list(self._waiting))
        with suppress(*AWAY):
            await self.client.aclose()

    def on(self, kind: str, handler: Handler) -> None:
        """Hear messages of a kind that others sent."""
        self._handlers[kind] = handler

    def send(self, channel: str, kind: str, **fields: JsonValue) -> None:
        """Let the others who listen to a channel hear something, unless Redis is away."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost = True
            return
        message = {"origin": self.origin, "kind": kind, **fields}
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        self._waiting.append((channel, text))
        self._sends.set()

    def listen(self, channel: str) -> None:
        """Listen to a channel from soon on; each call is undone by one of `leave`."""
        self._wanted[channel] += 1
        if channel not in self._heard:
            self._settled.clear()
        self._subscribes.set()

    def leave(self, channel: str) -> None:
        """Stop listening to a channel."""
        self._wanted[channel] -= 1
        if not self._wanted[channel]:
            del self._wanted[channel]
            self._subscribes.set()

    async def settled(self) -> None:
        """Wait until all that was asked for is listened to; not longer than a second, and not for a Redis that is away."""
        if self.healthy and not self._settled.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await self._settled.wait()

    async def put(self, key: str, value: str, *, seconds: int) -> bool:
        """Keep a value for every process for a while; False while Redis is away."""
        try:
            await self.client.set(PREFIX + key, value, ex=seconds)
        except AWAY:
            return False
        return True

    async def take(self, key: str) -> str | None:
        """Return a value that some process has put, once; None also while Redis is away."""
        try:
            found = await self.client.getdel(PREFIX + key)
        except AWAY:
            return None
        return None if found is None else cast(bytes, found).decode()

    # --- sending ---------------------------------------------------------------------------

    async def _keep_sending(self) -> None:
        while True:
            await self._sends.wait()
            self._sends.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                try:
                    await self._send(batch)
                except AWAY as error:
                    self._fail(error)
                    self._waiting.clear()
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, batch: list[tuple[str, str]]) -> None:
        if self._lost:
            batch = [*batch, (EVERYBODY, json.dumps({"origin": self.origin, "kind": "lost"}))]
        async with self.client.pipeline(transaction=False) as pipe:
            for channel, text in batch:
                pipe.publish(PREFIX + channel, text)
            await pipe.execute()
        self._lost = False

    def _fail(self, error: BaseException) -> None:
        self._lost = self._was_away = True
        self._settled.set()
        if self.healthy:
            self.healthy = False
            log.warning("redis is away, other processes hear late", error=type(error).__name__)

    async def _keep_beating(self) -> None:
        while True:
            self.send(EVERYBODY, "pulse")
            await asyncio.sleep(PULSE_SECONDS)

    # --- listening -------------------------------------------------------------------------

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except* AWAY as errors:
                self._fail(errors.exceptions[0])
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        async with self.client.pubsub() as pubsub, asyncio.TaskGroup() as group:
            self._heard.clear()
            await pubsub.subscribe(PREFIX + EVERYBODY)
            group.create_task(self._keep_subscribing(pubsub))
            group.create_task(self._watch_pulse())
            group.create_task(self._read(pubsub))

    async def _keep_subscribing(self, pubsub: PubSub) -> None:
        asked = {EVERYBODY}
        while True:
            self._subscribes.clear()
            wanted = set(self._wanted)
            if new := wanted - asked:
                await pubsub.subscribe(*(PREFIX + channel for channel in new))
            if old := asked - wanted:
                await pubsub.unsubscribe(*(PREFIX + channel for channel in old))
            asked = wanted
            await self._subscribes.wait()

    async def _watch_pulse(self) -> None:
        while True:
            self._beats.clear()
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._beats.wait()

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is None:
                continue
            match message["type"]:
                case "subscribe":
                    self._confirm(message["channel"].decode().removeprefix(PREFIX))
                case "unsubscribe":
                    self._heard.discard(message["channel"].decode().removeprefix(PREFIX))
                case "message":
                    self._take(message["data"])
                case _:
                    pass

    def _confirm(self, channel: str) -> None:
        self._heard.add(channel)
        self._look_whether_settled()

    def _look_whether_settled(self) -> None:
        if not self._heard.issuperset(self._wanted):
            return
        self._settled.set()
        if self.healthy:
            return
        self.healthy = True
        if self._was_away:
            self._was_away = False
            log.info("redis is back")
            self._missed({})

    def _take(self, data: bytes) -> None:
        message: dict[str, JsonValue] = json.loads(data)
        kind = str(message.pop("kind"))
        handler = self._handlers.get(kind)
        ours = message.pop("origin") == self.origin
        if handler is None or ours != (kind == "pulse"):
            return
        try:
            handler(message)
        except Exception:
            log.exception("a message of the bus was not understood", kind=kind)

    def _beat(self, _: Fields) -> None:
        self._beats.set()
        self._look_whether_settled()

    def _missed(self, _: Fields) -> None:
        for callback in self.recovered:
            callback()
