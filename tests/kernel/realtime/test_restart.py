"""A rolling restart: two whole servers on one PostgreSQL and one Redis are stopped politely, one after the other.

Everybody goes on with the server that is left. The audit afterwards is that of the torture: what was acknowledged is there
once, and every question has one answer.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from secrets import token_hex

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from besedka.core.db.embedded import Embedded
from tests.fakes.llm import FakeLlm, Say, Script
from tests.fakes.scripts import Json
from tests.plugins.database import build_template
from tests.plugins.redis import RedisServer
from tests.torture.audit import audit
from tests.torture.installation import Installation
from tests.torture.traffic import API, GONE, Firm, traffic

pytestmark = pytest.mark.redis

GRACE_SECONDS = 3.0
BUSY_SECONDS = 3.0
"""What a busy machine may take besides."""
SLOW = "Tell me slowly"
POLITE = {1001, 1012}


class Roaming(httpx.AsyncBaseTransport):
    """Goes on with the next address when one does not answer, as a proxy before several servers does."""

    def __init__(self, addresses: list[str]) -> None:
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=50))
        self._next = itertools.cycle(addresses)
        self.client = httpx.AsyncClient(transport=self, base_url=next(self._next), timeout=20)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except httpx.TransportError:
            if request.url.port == self.client.base_url.port:
                self.client.base_url = next(self._next)
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Listener:
    """Somebody who reads the room over a socket, and comes back to where they were."""

    firm: Firm
    heard: dict[int, str] = field(default_factory=dict)
    codes: list[int | None] = field(default_factory=list)
    mod: int = 0
    present: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        while True:
            try:
                await self._listen()
            except ConnectionClosed as error:
                self.codes.append(error.rcvd.code if error.rcvd else None)
            except GONE:
                await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        ticket = await self.firm.send("POST", "/auth/ws-ticket")
        base = str(self.firm.client.base_url).replace("http", "ws", 1).rstrip("/")
        async with connect(f"{base}/ws?ticket={ticket.json()['ticket']}") as socket:
            hello = {"type": "hello", "cid": "h", "cursors": {self.firm.chat: self.mod}}
            await socket.send(json.dumps(hello))
            async for text in socket:
                self._hear(json.loads(text))

    def _hear(self, frame: Json) -> None:
        self.present.set()
        data = frame["data"]
        assert isinstance(data, dict)
        if frame["type"] == "message" and frame["chat"] == self.firm.chat:
            self.heard[int(str(frame["seq"]))] = str(data["body"])
            self.mod = max(self.mod, int(str(frame["mod"])))


def slowly(body: Json) -> Script:
    """Answer visitors at the pace of a model, and the one who wants it slowly not at all."""
    patience = 60.0 if SLOW in json.dumps(body) else 0.2
    return Say("It costs 350 roubles in the city.", first_pause=patience, pause=0.02)


@pytest.fixture
async def model() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as fake:
        fake.respond = slowly
        yield fake


@pytest.fixture
async def servers(
    postgres: Embedded, redis_server: RedisServer, model: FakeLlm
) -> AsyncIterator[tuple[Installation, Installation]]:
    name = f"besedka_restart_{token_hex(4)}"
    await build_template(postgres.dsn.plain, name)
    settings = {
        "DATABASE_URL": postgres.dsn.plain.replace("/besedka?", f"/{name}?"), "REDIS_URL": redis_server.url,
        "SECRET_KEY": "k" * 40, "OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": "fake", "BESEDKA_OUTGOING_PRIVATE": "true",
    }  # fmt: skip
    pair = Installation(environment=settings), Installation(environment=settings)
    try:
        await asyncio.gather(*(each.start() for each in pair))
        yield pair
    finally:
        await asyncio.gather(*(each.stop() for each in pair))
        conn = await asyncpg.connect(postgres.dsn.plain)
        await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await conn.close()


@pytest.fixture
async def firm(servers: tuple[Installation, Installation]) -> AsyncIterator[Firm]:
    async with Roaming([each.address for each in servers]).client as client:
        made = Firm(client)
        await made.found()
        yield made


async def ask_slowly(firm: Firm, server: Installation) -> tuple[int, float]:
    """Ask what takes a minute of one server; returns its answer's status, and the moment when that came."""
    who = (await firm.send("GET", "/assistants")).json()[0]["id"]
    body = {"question": f"{SLOW}: how much does delivery in the city cost?"}
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
        path = f"{API}/assistants/{who}/ask"
        answer = await client.post(path, json=body, headers=firm.headers)
    return answer.status_code, time.perf_counter()


async def stop_politely(firm: Firm, server: Installation, model: FakeLlm) -> None:
    """Stop a server while it is at work; it is gone within its time, and so is what was open."""
    assert server.process is not None
    asking = asyncio.create_task(ask_slowly(firm, server))
    for _ in range(500):
        if any(SLOW in json.dumps(seen.body) for seen in model.requests):
            break
        await asyncio.sleep(0.02)
    model.requests.clear()
    told = time.perf_counter()
    server.process.terminate()
    await asyncio.wait_for(server.process.wait(), 30)
    gone = time.perf_counter()
    status, ended = await asking
    assert status == 503
    assert ended - told < GRACE_SECONDS + BUSY_SECONDS, server.log()
    assert gone - told < GRACE_SECONDS + 2 * BUSY_SECONDS, server.log()
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("stops", [1, pytest.param(6, marks=pytest.mark.torture)])
async def test_rolling_restart_loses_and_doubles_nothing(
    servers: tuple[Installation, Installation], firm: Firm, model: FakeLlm, stops: int
) -> None:
    listeners = [Listener(firm) for _ in range(3)]
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        reading = [group.create_task(each.listen()) for each in listeners]
        for each in listeners:
            await asyncio.wait_for(each.present.wait(), 20)
        async with traffic(firm, visitors=2) as log:
            await asyncio.sleep(0.5)
            for number in range(stops):
                server = servers[number % 2]
                await stop_politely(firm, server, model)
                if number + 1 < stops:
                    await server.start()
                await asyncio.sleep(0.5)
        found = await audit(firm, log)
        assert not found.wrong, "\n".join(found.wrong[:20]) + servers[0].log()
        assert found.acknowledged > 10
        stored = {int(str(m["seq"])): str(m["body"]) for m in await firm.messages(firm.chat)}
        for _ in range(500):
            if all(each.heard == stored for each in listeners):
                break
            await asyncio.sleep(0.02)
        for task in reading:
            task.cancel()
    for each in listeners:
        assert each.heard == stored
        assert len(each.codes) >= stops
        assert set(each.codes) <= POLITE
