"""What the measurements of sockets and pages share: a database, two servers as processes, a lean socket client.

Every measurement starts the product and something bare on the same PostgreSQL, in turns, and compares the CPU time of
the processes: other load on the machine blurs that little.
"""

import argparse
import asyncio
import contextlib
import cProfile
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
import psutil
import uvicorn
from sqlalchemy.ext.asyncio import create_async_engine

from besedka.app import create_app
from besedka.boot import Boot
from besedka.core.config import Settings
from besedka.core.db import rls
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.migrations.metadata import METADATA
from besedka.migrations.run import newest, upgrade

SOCKET_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 75


@contextlib.contextmanager
def database(keep: str = "") -> Iterator[Embedded]:
    """Start a PostgreSQL with its schema; it commits for real. With a folder to `keep` its data stays there."""
    with contextlib.ExitStack() as stack:
        folder = keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="besedka-bench-", ignore_cleanup_errors=True)
        )
        Path(folder).mkdir(exist_ok=True)
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 - the embedded server runs as another user
        server = Embedded(Path(folder) / "postgres")
        server.start()
        stack.callback(server.stop)
        if newest():
            upgrade(server.dsn.plain)
        else:
            asyncio.run(_create_all(server.dsn.plain))
        yield server


async def _create_all(dsn: str) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(dsn)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        for statement in rls.statements(METADATA):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


def settings(dsn: str, data_dir: str) -> Settings:
    """Settings of the product's process."""
    return Settings(
        _env_file=None, env="development", database_url=dsn, data_dir=Path(data_dir),
        log_level="error", rate_limits=False, database_pool=8, outgoing_private=True,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def product(dsn: str, data_dir: str) -> AsyncIterator[Runtime]:
    """Open the product without its server, to fill its tables."""
    async with Boot(settings(dsn, data_dir), works=False).running() as runtime:
        yield runtime


# --- servers ------------------------------------------------------------------------------------


def serve_forever(app: Any, port: int, profile: str | None) -> None:  # noqa: ANN401 - any ASGI application
    """Run an application as the product's own command does."""
    config = uvicorn.Config(
        app, port=port, loop="uvloop", http="httptools", ws="websockets-sansio", ws_max_size=SOCKET_BYTES,
        ws_per_message_deflate=False, log_level="error", access_log=False, proxy_headers=False, server_header=False,
        backlog=2048, timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )  # fmt: skip
    server = uvicorn.Server(config)
    profiler = cProfile.Profile() if profile else None
    with contextlib.suppress(KeyboardInterrupt):
        if profiler is None:
            server.run()
        else:
            profiler.runcall(server.run)
    if profiler is not None and profile:
        profiler.dump_stats(profile)


def ours(dsn: str, data_dir: str) -> Any:  # noqa: ANN401 - any ASGI application
    """Return the product."""
    return create_app(settings(dsn, data_dir), for_good=True)


@dataclass
class Server:
    """A server's process."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def memory(self) -> int:
        """Bytes that it occupies alone (USS)."""
        return int(psutil.Process(self.process.pid).memory_full_info().uss)


@contextlib.contextmanager
def started(
    module: str, kind: str, *, dsn: str, data_dir: str, profile: str = ""
) -> Iterator[Server]:
    """Run `python -m module --serve kind` until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        module,
        "--serve",
        kind,
        "--dsn",
        dsn,
        "--data",
        data_dir,
        "--port",
        str(port),
    ]
    process = subprocess.Popen([*command, *(["--profile-file", profile] if profile else [])])
    try:
        wait_for(port)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(port: int) -> None:
    """Wait until a server on this machine answers."""
    for _ in range(1200):
        with contextlib.suppress(urllib.error.HTTPError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def postgres_cpu(server: Embedded) -> float:
    """Seconds of CPU that PostgreSQL has used, its processes together, those that have ended too."""
    assert server.pid is not None
    root = psutil.Process(server.pid)
    ended = root.cpu_times()
    total = float(ended.children_user + ended.children_system)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Add what a server's process is started with, and read the command line."""
    for name in ("--serve", "--dsn", "--data", "--profile-file"):
        parser.add_argument(name, default="", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- a client that costs little, so that the server is what is measured -------------------------


TEXT, PING, PONG = 0x81, 0x89, 0x8A


def _cut(buffer: bytes, place: int) -> tuple[int, int] | None:
    """Return where the payload of the next whole frame begins, and its length."""
    end = len(buffer)
    if end - place < 2:
        return None
    length, start = buffer[place + 1], place + 2
    if length >= 126:
        start += 2 if length == 126 else 8
        length = int.from_bytes(buffer[place + 2 : start])
    return (start, length) if end >= start + length else None


class Wire(asyncio.Protocol):
    """One WebSocket client: masks what it sends, cuts what comes into frames (RFC 6455, 5.2), nothing else."""

    def __init__(self, path: str, headers: str, on_frame: Callable[["Wire", bytes], None]) -> None:
        self._path, self._headers, self._on_frame = path, headers, on_frame
        self._buffer = b""
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.index = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = cast(asyncio.Transport, transport)
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        self.transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{self._headers}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Cut frames out of what has arrived."""
        self._buffer = buffer = self._buffer + data if self._buffer else data
        if not self.open.done():
            head, found, rest = buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head[:20]:
                self.open.set_exception(SystemExit(head.decode()))
                return
            self.open.set_result(None)
            self._buffer = buffer = rest
        place = 0
        while (cut := _cut(buffer, place)) is not None:
            start, length = cut
            if buffer[place] == TEXT:
                self._on_frame(self, buffer[start : start + length])
            elif buffer[place] == PING:
                self._write(PONG, buffer[start : start + length])
            place = start + length
        self._buffer = buffer[place:]

    def send(self, text: bytes) -> None:
        """Send a text frame."""
        self._write(TEXT, text)

    def _write(self, opcode: int, payload: bytes) -> None:
        mask = secrets.token_bytes(4)
        size = len(payload)
        head = (
            bytes((opcode, 0x80 | size))
            if size < 126
            else struct.pack("!BBH", opcode, 0x80 | 126, size)
        )
        repeated = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)
        assert self.transport is not None
        self.transport.write(head + mask + masked)


async def open_wire(
    port: int, on_frame: Callable[[Wire, bytes], None], *, path: str = "/ws", headers: str = ""
) -> Wire:
    """Open a socket to a server on this machine."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(path, headers, on_frame), "127.0.0.1", port)
    async with asyncio.timeout(10):
        await wire.open
    return wire


class Line:
    """One HTTP connection that is kept: sends a JSON request, reads an answer with a length, nothing else."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        """Connect to a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, path: str, body: Mapping[str, object], token: str = "") -> dict[str, Any]:
        """Send JSON, return what is answered. Raises SystemExit for anything but success."""
        content = json.dumps(body).encode()
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        self._writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{bearer}"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        if head[9:10] != b"2":
            raise SystemExit(answer.decode())
        said: dict[str, Any] = json.loads(answer)
        return said

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
