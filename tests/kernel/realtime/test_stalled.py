"""Clients that stop reading, beside clients that read, on a real server."""

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket

from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import Conversation, Viewer
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.sockets import QUEUE, Socket
from besedka.kernel.realtime.types import Close
from tests.factories import Made, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.replica import Replica
from tests.kernel.realtime.rooms import make_group, say

STALLED, LIVE, MESSAGES = 10, 5, 260
LONG = "слово " * 1600
MOST_CHARACTERS = 25_000
"""Of a frame with such a message, which bears its words twice: as they were written, and as HTML."""


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """Serve a started application on a free port, as `besedka serve` does."""
    listener = socket.socket()
    # Small buffers fill soon: the stall is what is looked at, not the kernel's patience.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", loop="none", ws="websockets-sansio", ws_per_message_deflate=False, ws_max_size=65_536,
        log_level="critical", timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - the server has a flag and no event
        await asyncio.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


async def join_chat(port: int, who: Made, chat: str) -> ClientConnection:
    wire = await open_socket(
        f"ws://127.0.0.1:{port}/ws", additional_headers=who.headers, compression=None, max_size=None,
        ping_interval=None, max_queue=(2, 1), open_timeout=60, close_timeout=0.1,
    )  # fmt: skip
    await wire.send(json.dumps({"type": "hello", "cid": "h", "cursors": {chat: None}}))
    while json.loads(await wire.recv())["type"] != "ack":
        pass
    return wire


@dataclass
class Depths:
    """What the server held for its sockets, looked at again and again."""

    frames: int = 0
    """Most frames in one socket's queue."""
    characters: int = 0
    """Most characters of different frames in all queues together: a frame is one object, however many wait for it."""

    def look(self, sockets: Iterable[Socket]) -> None:
        """Look once."""
        queues = [socket._queue for socket in sockets if socket._queue]
        texts = {id(frame): len(frame.text) for queue in queues for frame in queue}
        self.frames = max(self.frames, *map(len, queues), 0)
        self.characters = max(self.characters, sum(texts.values()))


@dataclass
class Reader:
    """Somebody who reads, and when each message came."""

    wire: ClientConnection
    came: list[float] = field(default_factory=list)

    async def read(self, wanted: int) -> None:
        """Read until so many messages have come."""
        while len(self.came) < wanted:
            if json.loads(await self.wire.recv())["type"] == "message":
                self.came.append(time.perf_counter())


async def stall(
    app: FastAPI, runtime: Runtime, *, stalled: int, live: int, latest: float
) -> Depths:  # fmt: skip
    """Post to readers and to clients that have stopped reading; returns what the server held meanwhile.

    Readers get everything, each message within `latest` seconds; the others are let go, come back, and miss nothing.
    """
    workspace = await make_workspace(runtime)
    people = [await make_person(runtime, workspace) for _ in range((stalled + live) // 50 + 1)]
    chat = await make_group(runtime, workspace, *(person.actor_id for person in people))
    hub, depths = runtime.get(Hub), Depths()
    async with served(app) as port, AsyncExitStack() as stack:
        wires = [
            await join_chat(port, people[n // 50], str(chat.id)) for n in range(stalled + live)
        ]
        for wire in wires:
            stack.push_async_callback(wire.close)
        for wire in wires[live:]:
            wire.transport.pause_reading()
        sockets = hub.sockets()
        readers = [Reader(wire) for wire in wires[:live]]
        reading = [asyncio.create_task(reader.read(MESSAGES)) for reader in readers]
        posted = []
        for number in range(MESSAGES):
            await say(runtime, workspace.owner, chat.id, f"{number} {LONG}")
            posted.append(time.perf_counter())
            depths.look(sockets)
        async with asyncio.timeout(60):
            await asyncio.gather(*reading)
            while len(hub.sockets()) > live:  # noqa: ASYNC110 - the server does not tell when it has forgotten one
                await asyncio.sleep(0.05)
        for wire in wires[live:]:
            wire.transport.abort()
        codes = Counter(socket.closing for socket in sockets)
    assert codes == {Close.TOO_SLOW: stalled, None: live}
    lags = [came - at for r in readers for came, at in zip(r.came, posted, strict=True)]
    assert max(lags) < latest, f"a message came after {max(lags):.1f} s"
    await check_resync(app, runtime, people[0], chat)
    return depths


async def test_stalled_sockets_are_let_go_and_live_ones_notice_nothing(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.STALL_SECONDS", 0.5)
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.CLOSE_SECONDS", 0.1)
    depths = await stall(app, runtime, stalled=STALLED, live=LIVE, latest=5.0)
    assert_bounded(depths)


def assert_bounded(depths: Depths) -> None:
    """Queues fill up, and to no more than the rule says, whatever the number of sockets."""
    assert 0 < depths.frames <= QUEUE
    assert depths.characters <= QUEUE * MOST_CHARACTERS


async def check_resync(app: FastAPI, runtime: Runtime, who: Made, chat: Conversation) -> None:
    """Who was let go comes back, is told to fetch what is too much to send, and then has everything."""
    viewer = Viewer(actor_id=who.actor_id, internal=True)
    replica = Replica(runtime, viewer, who.workspace_id, chat.id)
    async with connect(app, who) as client:
        ack = await client.hello(chat.id, since=0)
        assert ack["data"]["chats"] == {str(chat.id): MESSAGES}
        for frame in client.received:
            replica.apply(frame)
        assert replica.stale
        await replica.mend()
        await replica.check()
        assert len(replica.messages) == MESSAGES
        recent = await client.hello(chat.id, since=MESSAGES - 5)
        assert recent["type"] == "ack"
        assert len([f for f in client.received if f["type"] == "message"]) == 5
