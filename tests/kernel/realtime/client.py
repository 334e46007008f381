"""A client of `/ws` that drives the application in-process: frames in, frames out, as slow as a test wants it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from tests.factories import Made

Frame = dict[str, Any]
Event = MutableMapping[str, Any]
PATIENCE = 20.0
"""Seconds that a busy machine may take for what usually takes milliseconds."""


class Closed(Exception):
    """The server has ended the socket."""


@dataclass
class Client:
    """One open socket. `writable` holds the server back while it is cleared, like a full TCP window."""

    inbox: "asyncio.Queue[Frame]" = field(default_factory=asyncio.Queue)
    outbox: "asyncio.Queue[Event]" = field(default_factory=asyncio.Queue)
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    writable: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    received: list[Frame] = field(default_factory=list)
    subprotocol: str | None = None

    async def receive(self) -> Event:
        return await self.outbox.get()

    async def send(self, event: Event) -> None:
        await self.writable.wait()
        if self.ended.is_set():
            raise OSError("the client has gone")
        match event["type"]:
            case "websocket.accept":
                self.subprotocol = event.get("subprotocol")
                self.accepted.set()
            case "websocket.send":
                event["text"].encode()
                frame = json.loads(event["text"])
                self.received.append(frame)
                self.inbox.put_nowait(frame)
            case "websocket.close":
                self.code = event.get("code")
                self.outbox.put_nowait({"type": "websocket.disconnect", "code": self.code})

    def say(self, **frame: object) -> str:
        """Send a frame with a fresh `cid`, and return that."""
        cid = str(frame.setdefault("cid", uuid4().hex[:8]))
        self.say_raw(json.dumps(frame))
        return cid

    def say_raw(self, text: str) -> None:
        self.outbox.put_nowait({"type": "websocket.receive", "text": text})

    def vanish(self) -> None:
        """Be gone, as a client is whose cable was cut."""
        self.outbox.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def next(
        self, kind: str | None = None, *, seconds: float = PATIENCE, **wanted: object
    ) -> Frame:
        """Return the next frame of a kind with these members, skipping others. Raises Closed."""

        def fits(frame: Frame) -> bool:
            return (kind is None or frame["type"] == kind) and all(
                frame.get(key) == value for key, value in wanted.items()
            )

        return await self.until(fits, seconds=seconds)

    async def until(self, fits: Callable[[Frame], bool], *, seconds: float = PATIENCE) -> Frame:
        async with asyncio.timeout(seconds):
            while True:
                if self.inbox.empty() and (self.ended.is_set() or self.code is not None):
                    raise Closed(self.code)
                try:
                    frame = await asyncio.wait_for(self.inbox.get(), 0.05)
                except TimeoutError:
                    continue
                if fits(frame):
                    return frame

    async def call(self, kind: str, **frame: object) -> Frame:
        """Send a command and return its `ack` or `error`."""
        cid = self.say(type=kind, **frame)
        return await self.until(lambda f: f["type"] in {"ack", "error"} and f.get("cid") == cid)

    async def call_keeping(self, type: str, **frame: object) -> Frame:
        """The same without taking frames out of the inbox."""
        cid = self.say(type=type, **frame)
        async with asyncio.timeout(PATIENCE):
            while True:
                for each in self.received:
                    if each["type"] in {"ack", "error"} and each.get("cid") == cid:
                        return each
                await asyncio.sleep(0.002)

    async def hello(self, *chats: object, since: int | None = 0, **more: object) -> Frame:
        return await self.call("hello", cursors={str(chat): since for chat in chats}, **more)

    async def quiet(self, seconds: float = 0.15) -> list[Frame]:
        """Return what comes within a while."""
        await asyncio.sleep(seconds)
        frames = []
        while not self.inbox.empty():
            frames.append(self.inbox.get_nowait())
        return frames


def _scope(
    app: FastAPI, *, path: str, query: str, headers: dict[str, str], subprotocols: list[str]
) -> dict[str, Any]:
    return {
        "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "scheme": "ws", "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50_000), "root_path": "",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "subprotocols": subprotocols,
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"host": "127.0.0.1:8000", **headers}.items()],
        "state": {}, "extensions": {}, "app": app,
    }  # fmt: skip


@asynccontextmanager
async def connect(
    app: FastAPI, who: Made | None = None, *, ticket: str = "", headers: dict[str, str] | None = None,
    subprotocols: list[str] | None = None, path: str = "/ws",
) -> AsyncIterator[Client]:  # fmt: skip
    """Open a socket, as a person or with a ticket."""
    client = Client()
    client.writable.set()
    scope = _scope(
        app, path=path, query=f"ticket={ticket}" if ticket else "", subprotocols=subprotocols or [],
        headers={**(who.headers if who else {}), **(headers or {})},
    )  # fmt: skip
    client.outbox.put_nowait({"type": "websocket.connect"})

    async def run() -> None:
        try:
            await app(scope, client.receive, client.send)
        finally:
            client.ended.set()

    task = asyncio.create_task(run())
    try:
        done, _ = await asyncio.wait(
            [task, waiter := asyncio.create_task(client.accepted.wait())],
            timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED,
        )  # fmt: skip
        waiter.cancel()
        assert done, "the server did not answer the handshake"
        yield client
    finally:
        client.writable.set()
        client.vanish()
        await asyncio.wait([task], timeout=PATIENCE)
        if not task.done():
            task.cancel()
        await task
