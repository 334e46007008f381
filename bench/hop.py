"""What a hop between processes adds: two api and two ws processes on one PostgreSQL and one Redis.

A member sends on a socket of the first ws process. Members on that process hear the message there, members on the second
one through Redis; the difference of the medians is what the hop adds. Then the same message by HTTP to each api process.

    python -m bench.hop [--count 300] [--members 10]
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import uvloop

from bench import lab
from bench.room import BODY
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Kind
from tests.factories import make_person, make_workspace

AIM_MS = 2.0
PATIENCE_MS = 20_000

Sender = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Ports:
    """Where the processes listen."""

    api: list[int]
    ws: list[int]


@dataclass
class Listeners:
    """The members on one ws process, and when they heard what was sent last."""

    wires: list[lab.Wire] = field(default_factory=list)
    heard: int = 0
    sent_at: float = 0.0
    delays: list[float] = field(default_factory=list)

    def on_frame(self, wire: lab.Wire, payload: bytes) -> None:
        """Note when a message came."""
        if b'"type":"message"' in payload[:40]:
            self.heard += 1
            if wire.index:
                self.delays.append(time.perf_counter() - self.sent_at)


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Start a Redis that keeps nothing."""
    path = folder / "redis.sock"
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed")
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"unix://{path}"
    finally:
        process.kill()


@contextlib.contextmanager
def part(only: str, environment: dict[str, str]) -> Iterator[int]:
    """Start a part of the server by its command; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "besedka"), "serve", "--only", only],
        env=os.environ | environment | {"BESEDKA_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        lab.wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


async def furnish(dsn: str, data_dir: str, members: int) -> tuple[str, list[str]]:
    """Make a group; returns its id and the members' tokens."""
    async with lab.product(dsn, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        people = [workspace.owner]
        people += [await make_person(runtime, workspace) for _ in range(members - 1)]
        async with runtime.db.fast.transaction(workspace.id) as conn:
            chat = await service.create_conversation(
                conn, kind=Kind.GROUP, participants=[person.actor_id for person in people]
            )
    return str(chat.id), [person.token for person in people]


async def listen(port: int, chat: str, tokens: Sequence[str]) -> Listeners:
    """Let the members open sockets on a process."""
    made = Listeners()
    for index, token in enumerate(tokens):
        wire = await lab.open_wire(
            port, made.on_frame, headers=f"Authorization: Bearer {token}\r\n"
        )
        wire.index = index
        wire.send(json.dumps({"type": "hello", "cid": "h", "cursors": {chat: None}}).encode())
        made.wires.append(wire)
    return made


async def measure(options: argparse.Namespace, dsn: str, folder: Path, ports: Ports) -> None:
    """Send one message at a time and print the medians."""
    chat, tokens = await furnish(dsn, str(folder), options.members)
    crowds = [await listen(port, chat, tokens) for port in ports.ws]
    await asyncio.sleep(1.0)

    async def by_socket() -> None:
        frame = {"type": "send", "cid": "s", "chat": chat, "key": uuid4().hex, "body": BODY}
        crowds[0].wires[0].send(json.dumps(frame).encode())
        await asyncio.sleep(0)

    near, far = await heard(crowds, by_socket, options.count)
    print(
        f"sent on a socket: heard in the same process {near:.2f} ms, in the other one {far:.2f} ms (medians)"
    )
    print(f"the hop adds {far - near:.2f} ms (aim ≤ {AIM_MS})")
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    for number, port in enumerate(ports.api, 1):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers
        ) as client:

            async def by_http(client: httpx.AsyncClient = client) -> None:
                await client.post(f"/api/v1/chats/{chat}/messages", json={"body": BODY})

            delays = await heard(crowds, by_http, options.count // 3)
        print(
            f"posted to api process {number}: heard in the ws processes after {delays[0]:.2f} and {delays[1]:.2f} ms"
        )


async def heard(crowds: Sequence[Listeners], send: Sender, count: int) -> list[float]:
    """Return the median of send → delivered in each crowd, in milliseconds."""
    for crowd in crowds:
        crowd.delays, crowd.heard = [], 0
    for number in range(1, count + 1):
        moment = time.perf_counter()
        for crowd in crowds:
            crowd.sent_at = moment
        await send()
        await _settle(crowds, number)
        await asyncio.sleep(0.005)
    return [statistics.median(crowd.delays) * 1000 for crowd in crowds]


async def _settle(crowds: Sequence[Listeners], messages: int) -> None:
    for _ in range(PATIENCE_MS):
        if all(crowd.heard >= messages * len(crowd.wires) for crowd in crowds):
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


def main() -> None:
    """Start all processes and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--members", type=int, default=10)
    options = parser.parse_args()
    with (
        lab.database() as postgres,
        tempfile.TemporaryDirectory() as name,
        redis(Path(name)) as bus,
        contextlib.ExitStack() as stack,
    ):
        key = Path(name) / "data"
        environment = {
            "DATABASE_URL": postgres.dsn.plain, "REDIS_URL": bus, "BESEDKA_DATA_DIR": str(key),
            "BESEDKA_RATE_LIMITS": "false",
        }  # fmt: skip
        started = {
            only: [stack.enter_context(part(only, environment)) for _ in range(2)]
            for only in ("api", "ws")
        }
        uvloop.run(measure(options, postgres.dsn.plain, key, Ports(**started)))


if __name__ == "__main__":
    main()
