"""Processes behind a bus that drops, doubles and delays, and devices that put chats together from what they hear."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import httpx
from fastapi import FastAPI

from besedka.app import create_app
from besedka.core.bus import Fields, Handler
from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import (
    ConversationId,
)
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal
from tests.factories import Made
from tests.kernel.realtime.client import Client, Frame, connect
from tests.kernel.realtime.replica import Replica

LOSABLE = {"messages", "touched"}
"""What the bus may lose: the sweep finds it."""
LATEST_SECONDS = 0.03


class Weather:
    """What the bus does to messages between the processes."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.fair = False
        self.met: Counter[str] = Counter()

    def over(self, runtime: Runtime) -> None:
        """Let a process hear the others through this weather."""
        bus = runtime.bus
        assert bus is not None
        for kind, handler in list(bus._handlers.items()):
            if kind not in {"pulse", "lost"}:
                bus.on(kind, partial(self._carry, kind, handler))

    def _carry(self, kind: str, handler: Handler, fields: Fields) -> None:
        fate = "fair" if self.fair else self._chance.choice(["fair", "lost", "doubled", "late"])
        self.met[fate] += 1
        if fate == "late" or (fate == "lost" and kind not in LOSABLE):
            delay = self._chance.random() * LATEST_SECONDS
            asyncio.get_running_loop().call_later(delay, handler, fields)
        elif fate != "lost":
            for _ in range(2 if fate == "doubled" else 1):
                handler(fields)


@dataclass
class Process:
    """One of the applications; after a restart it is another one."""

    settings: Settings
    weather: Weather
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    app: FastAPI = field(default_factory=FastAPI)
    http: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)

    @property
    def runtime(self) -> Runtime:
        """What the application stands on."""
        found = self.app.state.runtime
        assert isinstance(found, Runtime)
        return found

    async def start(self) -> None:
        """Start the application; nothing above answers the visitors of its dialogs."""
        self.app = create_app(self.settings)
        await self.stack.enter_async_context(self.app.router.lifespan_context(self.app))
        self.runtime.get(service.Writers)._companions.clear()
        self.weather.over(self.runtime)
        await self.http.aclose()
        transport = httpx.ASGITransport(app=self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def stop(self) -> None:
        """End it."""
        await self.stack.aclose()
        await self.http.aclose()


@dataclass(frozen=True)
class Window:
    """A time in which somebody took part, by the chat's counters."""

    from_seq: int
    left_mod: int | None = None


@dataclass
class Copy(Replica):
    """A chat as a device knows it, which may also be taken from it."""

    gone: bool = False

    def apply(self, frame: Frame) -> None:
        """Take one event."""
        if frame.get("chat") == str(self.chat) and frame["type"] == "chat.gone":
            self.messages, self.head, self.cursor, self.stale, self.gone = {}, {}, 0, False, True
        elif not self.gone:
            super().apply(frame)

    async def mend(self) -> None:
        """Fetch what the server has given up sending; a chat that is not there any more is gone."""
        try:
            await super().mend()
        except ChatNotFound:
            self.messages, self.head, self.cursor, self.gone = {}, {}, 0, True

    async def check(self) -> None:
        """Compare with a fresh fetch; what was seen during an earlier membership may stay."""
        floor = self.viewer.from_seq
        kept, self.messages = (
            self.messages,
            {s: m for s, m in self.messages.items() if s > floor},
        )
        await super().check()
        self.messages = kept


@dataclass
class Device:
    """One socket of somebody's at one process, with what it knows of each chat."""

    name: str
    process: Process
    principal: Principal
    person: Made | None
    copies: Mapping[ConversationId, Copy]
    client: Client | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    heard: list[Frame] = field(default_factory=list)

    async def connect(self) -> None:
        """Come back and say hello with the cursors."""
        if self.client is not None:
            return
        if self.person is not None:
            opened = connect(self.process.app, self.person)
        else:
            ticket = await issue_ticket(self.process.runtime, self.principal)
            opened = connect(self.process.app, ticket=ticket)
        self.client = await self.stack.enter_async_context(opened)
        self.greet(*self.copies.values())

    def greet(self, *copies: Copy) -> None:
        """Ask for what was missed of some chats, and for what comes."""
        if self.client is not None and copies:
            for copy in copies:
                copy.gone = False
            cursors = {str(copy.chat): copy.cursor for copy in copies}
            self.client.say(type="hello", cursors=cursors, batch=False)

    async def drop(self) -> None:
        """Lose the connection, with all that had not been read."""
        if self.client is not None:
            self._listen(self.client.received)
            self.client.writable.set()
            self.client = None
            await self.stack.aclose()
            for copy in self.copies.values():
                copy.stale = False

    def _listen(self, frames: list[Frame]) -> None:
        self.heard += [f for f in frames if f["type"].startswith("message") and "seq" in f]

    def read(self) -> None:
        """Read what has arrived; a chat that is there again is greeted again."""
        while self.client is not None and not self.client.inbox.empty():
            frame = self.client.inbox.get_nowait()
            for copy in self.copies.values():
                mine = frame.get("chat") == str(copy.chat)
                if mine and copy.gone and frame["type"] == "chat.changed":
                    self.greet(copy)
                copy.apply(frame)

    def all_heard(self) -> list[Frame]:
        """Return the messages of every connection."""
        return [*self.heard, *(f for f in self._now() if "seq" in f)]

    def _now(self) -> list[Frame]:
        if self.client is None:
            return []
        return [f for f in self.client.received if f["type"].startswith("message")]
