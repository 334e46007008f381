"""Clients that stop reading, beside clients that read, on a real server."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket

from besedka.core.runtime import Runtime
from besedka.kernel.realtime.service.hub import Hub
from tests.factories import Made, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_group, say

STALLED, LIVE, MESSAGES = 10, 5, 260
LONG = "слово " * 1600


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
        ping_interval=None, max_queue=(2, 1), close_timeout=0.1,
    )  # fmt: skip
    await wire.send(json.dumps({"type": "hello", "cid": "h", "cursors": {chat: None}}))
    while json.loads(await wire.recv())["type"] != "ack":
        pass
    return wire


async def count_messages(wire: ClientConnection, wanted: int) -> int:
    found = 0
    while found < wanted:
        found += json.loads(await wire.recv())["type"] == "message"
    return found


async def test_stalled_sockets_are_let_go_and_live_ones_notice_nothing(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.STALL_SECONDS", 0.5)
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.CLOSE_SECONDS", 0.1)
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    hub = runtime.get(Hub)
    async with served(app) as port, AsyncExitStack() as stack:
        live = [await join_chat(port, workspace.owner, str(chat.id)) for _ in range(LIVE)]
        stalled = [await join_chat(port, workspace.owner, str(chat.id)) for _ in range(STALLED)]
        for wire in (*live, *stalled):
            stack.push_async_callback(wire.close)
        for wire in stalled:
            wire.transport.pause_reading()
        readers = [asyncio.create_task(count_messages(wire, MESSAGES)) for wire in live]
        for number in range(MESSAGES):
            await say(runtime, workspace.owner, chat.id, f"{number} {LONG}")
        async with asyncio.timeout(30):
            assert await asyncio.gather(*readers) == [MESSAGES] * LIVE
            while len(hub.sockets()) > LIVE:  # noqa: ASYNC110 - the server does not tell when it has forgotten one
                await asyncio.sleep(0.05)
        for wire in stalled:
            wire.transport.abort()
    await check_resync(app, workspace.owner, str(chat.id))


async def check_resync(app: FastAPI, who: Made, chat: str) -> None:
    """Who was let go comes back, and is told to fetch what is too much to send."""
    async with connect(app, who) as client:
        ack = await client.hello(chat, since=0)
        assert ack["data"]["chats"] == {chat: MESSAGES}
        assert any(f["data"].get("stale") for f in client.received if f["type"] == "chat.changed")
        recent = await client.hello(chat, since=MESSAGES - 5)
        assert recent["type"] == "ack"
        assert len([f for f in client.received if f["type"] == "message"]) == 5
