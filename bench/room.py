"""One room of 100 members: CPU per durable message with 32 sends in flight, and send → delivered one at a time.

Against a bare uvicorn WebSocket that does one asyncpg commit per message, then sends the JSON to every socket. Both
acknowledge to the sender. A message is counted when all 100 members have it.

    python -m bench.room [--rounds 3] [--seconds 5] [--flight 32] [--single] [--profile FILE]
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop

from bench import lab
from besedka.core.db.embedded import Embedded
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Kind
from tests.factories import make_person, make_workspace

MEMBERS, FLIGHT = 100, 32
ARRAY = ord("[")
CPU_AIM, LATENCY_AIM = 1.2, 1.5
BODY = "Добрый день! The quick brown fox jumps over the lazy dog, and then it rests for a while."

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def bare(dsn: str) -> Any:  # noqa: ANN401 - an ASGI application
    """Return the least that a durable room is; a socket names its rooms, divided by commas, as the query."""
    rooms: dict[str, set[Send]] = defaultdict(set)
    pool: asyncpg.Pool | None = None

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        nonlocal pool
        if scope["type"] == "lifespan":
            await receive()
            pool = await asyncpg.create_pool(dsn, min_size=1, max_size=8)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        mine = scope["query_string"].decode().split(",")
        for name in mine:
            rooms[name].add(send)
        assert pool is not None
        while (event := await receive())["type"] == "websocket.receive":
            frame = json.loads(event["text"])
            row = await pool.fetchrow(
                "INSERT INTO bare_message (chat, sender, client_key, body) VALUES ($1, $2, $3, $4)"
                " RETURNING id, created_at",
                frame["chat"], frame["sender"], frame["key"], frame["body"],
            )  # fmt: skip
            data = {
                "id": row["id"],
                "chat": frame["chat"],
                "sender": frame["sender"],
                "body": frame["body"],
                "created_at": row["created_at"].isoformat(),
            }
            text = json.dumps({"type": "message", "data": data}, ensure_ascii=False)
            for each in rooms[frame["chat"]]:
                await each({"type": "websocket.send", "text": text})
            await send(
                {"type": "websocket.send", "text": json.dumps({"type": "ack", "id": row["id"]})}
            )
        for name in mine:
            rooms[name].discard(send)

    return app


@dataclass
class Crowd:
    """The clients of one server."""

    wires: list[lab.Wire] = field(default_factory=list)
    delivered: int = 0
    acknowledged: int = 0
    sent_at: float = 0.0
    delays: list[float] = field(default_factory=list)
    flowing: bool = False
    compose: Callable[[int], bytes] = lambda _: b""

    def on_frame(self, wire: lab.Wire, payload: bytes) -> None:
        """Count what came; a sender goes on when its message was acknowledged."""
        if payload[0] == ARRAY:
            self.delivered += payload.count(b'{"v":1,"type":"message"')
        elif b'"type":"message"' in payload[:40] or b'"type": "message"' in payload[:40]:
            self.delivered += 1
            if self.sent_at and wire.index:
                self.delays.append(time.perf_counter() - self.sent_at)
        elif b"ack" in payload[:40]:
            self.acknowledged += 1
            if self.flowing:
                wire.send(self.compose(wire.index))

    async def settle(self, expected: int) -> None:
        """Wait until everybody has everything."""
        async with asyncio.timeout(20):
            while self.delivered < expected:  # noqa: ASYNC110 - a callback per frame would cost what is measured
                await asyncio.sleep(0.002)


@dataclass
class Room:
    """Who is in the room, and where."""

    chat: str
    tokens: list[str]
    actors: list[str]


async def make_bare_table(dsn: str) -> None:
    """Make the table of the bare server."""
    conn = await asyncpg.connect(dsn)
    await conn.execute(
        "CREATE TABLE bare_message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat text, sender text,"
        " client_key text, body text, created_at timestamptz DEFAULT now());"
        "CREATE INDEX ON bare_message (chat, id)"
    )
    await conn.close()


async def furnish(dsn: str, data_dir: str) -> Room:
    """Make the tables of the bare server, and a workspace with 100 people in one group."""
    await make_bare_table(dsn)
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        people = [workspace.owner]
        people += [
            await make_person(runtime, workspace, name=f"Person {n}") for n in range(MEMBERS - 1)
        ]
        async with runtime.db.fast.transaction(workspace.id) as tenant:
            chat = await service.create_conversation(
                tenant, kind=Kind.GROUP, participants=[person.actor_id for person in people]
            )
    return Room(str(chat.id), [p.token for p in people], [str(p.actor_id) for p in people])


@contextlib.asynccontextmanager
async def crowd(kind: str, server: lab.Server, room: Room, *, joins: bool) -> AsyncIterator[Crowd]:
    """Connect everybody."""
    made = Crowd()
    for index in range(MEMBERS):
        headers = f"Authorization: Bearer {room.tokens[index]}\r\n" if kind == "ours" else ""
        wire = await lab.open_wire(
            server.port, made.on_frame, path=f"/ws?{room.chat}" if kind == "bare" else "/ws", headers=headers
        )  # fmt: skip
        wire.index = index
        made.wires.append(wire)
        if kind == "ours":
            hello = {"type": "hello", "cid": "h", "cursors": {room.chat: None}, "batch": joins}
            wire.send(json.dumps(hello).encode())
    made.compose = compose_ours(room) if kind == "ours" else compose_bare(room)
    await asyncio.sleep(0.5)
    yield made
    for wire in made.wires:
        assert wire.transport is not None
        wire.transport.close()


def compose_ours(room: Room) -> Callable[[int], bytes]:
    """Return what a member sends to us."""
    return lambda _: json.dumps(
        {"type": "send", "cid": "s", "chat": room.chat, "key": uuid4().hex, "body": BODY},
        ensure_ascii=False,
    ).encode()


def compose_bare(room: Room) -> Callable[[int], bytes]:
    """Return what a member sends to the bare server."""
    return lambda index: json.dumps(
        {"chat": room.chat, "sender": room.actors[index], "key": uuid4().hex, "body": BODY},
        ensure_ascii=False,
    ).encode()


@dataclass
class Cost:
    """Microseconds of CPU per message, and messages per second."""

    server: float
    database: float
    rate: float

    @property
    def whole(self) -> float:
        """Server and PostgreSQL."""
        return self.server + self.database


async def load(
    server: lab.Server, postgres: Embedded, people: Crowd, *, flight: int, seconds: float, audience: int = MEMBERS
) -> Cost:  # fmt: skip
    """Keep sends in flight for some seconds; each message is for so many members."""
    people.delivered = people.acknowledged = 0
    people.sent_at = 0.0
    began, cpu, pg = time.perf_counter(), server.cpu, lab.postgres_cpu(postgres)
    people.flowing = True
    for wire in people.wires[:flight]:
        wire.send(people.compose(wire.index))
    await asyncio.sleep(seconds)
    people.flowing = False
    await asyncio.sleep(0.3)
    await people.settle(people.acknowledged * audience)
    took, count = time.perf_counter() - began, people.acknowledged
    if not count:
        raise SystemExit("nothing was acknowledged in time: the machine is too busy to measure")
    return Cost(
        (server.cpu - cpu) / count * 1e6,
        (lab.postgres_cpu(postgres) - pg) / count * 1e6,
        count / took,
    )


async def one_at_a_time(people: Crowd, *, count: int) -> float:
    """Return the median of send → delivered over all other members, in milliseconds."""
    people.delivered, people.delays = 0, []
    for number in range(1, count + 1):
        people.sent_at = time.perf_counter()
        people.wires[0].send(people.compose(0))
        await people.settle(number * MEMBERS)
        await asyncio.sleep(0.005)
    people.sent_at = 0.0
    return statistics.median(people.delays) * 1000


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Run both servers side by side, in turns."""
    room = await furnish(postgres.dsn.plain, data_dir)
    costs: dict[str, list[Cost]] = {"bare": [], "ours": []}
    delays: dict[str, list[float]] = {"bare": [], "ours": []}
    with contextlib.ExitStack() as stack:
        async with contextlib.AsyncExitStack() as clients:
            servers, crowds = {}, {}
            for kind in costs:
                server = servers[kind] = stack.enter_context(
                    lab.started(
                        "bench.room", kind, dsn=postgres.dsn.plain, data_dir=data_dir,
                        profile=options.profile if kind == options.profiled else "",
                    )
                )  # fmt: skip
                crowds[kind] = await clients.enter_async_context(
                    crowd(kind, server, room, joins=not options.single)
                )
            for turn in range(options.rounds + 1):
                for kind, server in servers.items():
                    seconds = options.seconds if turn else 1.0
                    cost = await load(
                        server, postgres, crowds[kind], flight=options.flight, seconds=seconds
                    )
                    delay = await one_at_a_time(crowds[kind], count=100 if turn else 10)
                    if turn:
                        costs[kind].append(cost)
                        delays[kind].append(delay)
    report(costs, delays)


def report(costs: dict[str, list[Cost]], delays: dict[str, list[float]]) -> None:
    """Print medians and ratios."""
    for kind, each in costs.items():
        middle = [
            statistics.median(getattr(c, name) for c in each)
            for name in ("server", "database", "whole", "rate")
        ]
        print(
            f"{kind}: {middle[0]:.0f} µs CPU per message in the server, {middle[1]:.0f} in PostgreSQL,"
            f" {middle[2]:.0f} together, {middle[3]:.0f} messages/s; send → delivered p50"
            f" {statistics.median(delays[kind]):.2f} ms"
        )
    for name in ("server", "whole"):
        pairs = zip(costs["ours"], costs["bare"], strict=True)
        ratio = statistics.median(getattr(ours, name) / getattr(bare, name) for ours, bare in pairs)
        print(f"CPU per durable message, {name}: {ratio:.2f}× of bare (aim ≤ {CPU_AIM})")
    latency = statistics.median(o / b for o, b in zip(delays["ours"], delays["bare"], strict=True))
    print(f"send → delivered p50: {latency:.2f}× of bare (aim ≤ {LATENCY_AIM})")


def main() -> None:
    """Measure, or be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--flight", type=int, default=FLIGHT)
    parser.add_argument(
        "--single", action="store_true", help="one frame per message even under load"
    )
    parser.add_argument("--profile", default="")
    parser.add_argument("--profiled", default="ours")
    options = lab.arguments(parser)
    if options.serve:
        app = bare(options.dsn) if options.serve == "bare" else lab.ours(options.dsn, options.data)
        lab.serve_forever(app, options.port, options.profile_file or None)
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
