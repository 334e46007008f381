"""Authenticated `GET /api/v1/auth/me` per core second, against bare FastAPI on uvicorn with one SQL query.

Both servers run uvicorn with uvloop and httptools against one PostgreSQL, both are asked by the same client over
keep-alive connections, in turns. What counts is the CPU time of the server process, so other load on the machine
blurs the figures little.

    python -m bench.auth_me [--rounds 6] [--seconds 3] [--connections 16] [--lean] [--profile FILE]

`--lean` compares with a baseline that nobody writes first: the pool does not reset connections, and the handler builds
the response itself.
"""

import argparse
import asyncio
import contextlib
import cProfile
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
import uvicorn
from fastapi import FastAPI, Response

from besedka.app import create_app
from besedka.core.config import Settings
from besedka.core.db.embedded import Embedded
from besedka.migrations.run import upgrade

AIM = 0.85
ME = "/api/v1/auth/me"
ONE_QUERY = "SELECT id::text, email, name, locale FROM app_user WHERE id = $1::text::uuid"


# --- the two servers, each a process of its own -------------------------------------------------


async def _keep(_conn: object) -> None:
    """Reset nothing."""


def bare(dsn: str, user_id: str, *, lean: bool = False) -> FastAPI:
    """Return the least that a FastAPI application with one query is."""
    reset = {"reset": _keep} if lean else {}

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=8, **reset) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    async def find() -> dict[str, str | None]:
        return dict(await app.state.pool.fetchrow(ONE_QUERY, user_id))

    @app.get("/me")
    async def me() -> dict[str, str | None]:
        return await find()

    @app.get("/lean")
    async def lean_me() -> Response:
        return Response(json.dumps(await find()).encode(), media_type="application/json")

    return app


def ours(dsn: str, data_dir: str) -> FastAPI:
    """Return the product."""
    return create_app(
        Settings(
            _env_file=None, env="development", database_url=dsn, data_dir=Path(data_dir),
            log_level="error", rate_limits=False, database_pool=8,
        )
    )  # fmt: skip


def serve(app: FastAPI, port: int, profile: str | None, *, product: bool) -> None:
    """Run a server until it is told to stop; the product the way `besedka serve` does."""
    config = uvicorn.Config(
        app, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False,
        proxy_headers=not product, server_header=not product,
    )  # fmt: skip
    server = uvicorn.Server(config)
    if profile is None:
        with contextlib.suppress(KeyboardInterrupt):
            server.run()
    else:
        profiler = cProfile.Profile()
        with contextlib.suppress(KeyboardInterrupt):
            profiler.runcall(server.run)
        profiler.dump_stats(profile)


# --- the client ---------------------------------------------------------------------------------


class Asker(asyncio.Protocol):
    """One keep-alive connection that asks again as soon as it was answered in full."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""
        self.answered = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Ask again once the whole answer is there."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(rest) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        self._buffer = b""
        self.answered += 1
        if self.transport is not None:
            self.transport.write(self._request)


async def ask(port: int, request: bytes, *, connections: int, seconds: float) -> int:
    """Return how many answers came within a time."""
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(lambda: Asker(request), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    for asker in askers:
        transport, asker.transport = asker.transport, None
        if transport is not None:
            transport.abort()
    return sum(asker.answered for asker in askers)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and how to ask it."""

    name: str
    process: psutil.Process
    port: int
    request: bytes

    def measure(self, connections: int, seconds: float) -> float:
        """Return answers per second of the server's CPU time."""
        before = self._cpu()
        answers = asyncio.run(
            ask(self.port, self.request, connections=connections, seconds=seconds)
        )
        return answers / (self._cpu() - before)

    def _cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


# --- putting it together ------------------------------------------------------------------------


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(
    name: str, path: str, *args: str, token: str = "", profile: str | None = None
) -> Iterator[Server]:
    """Start one of the servers and stop it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "bench.auth_me", "--serve", name, "--port", str(port)]
    command += [f"--profile={profile}"] if profile else []
    with subprocess.Popen([*command, *args]) as process:
        try:
            _wait(port, process)
            headers = f"Authorization: Bearer {token}\r\n" if token else ""
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()
            yield Server(name, psutil.Process(process.pid), port, request)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        time.sleep(0.1)
    raise SystemExit("the server did not answer")


def sign_up(port: int) -> tuple[str, str]:
    """Return the access token and the id of a new person."""
    body = json.dumps(
        {"company_name": "Bench", "email": "bench@example.com", "password": "bench123"}
    )
    base = f"http://127.0.0.1:{port}"
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{base}/employers/register", body.encode(), {"Content-Type": "application/json"}
    )
    token = json.load(urllib.request.urlopen(request))["access_token"]  # noqa: S310 - our own server
    asked = urllib.request.Request(base + ME, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own server
    return token, json.load(urllib.request.urlopen(asked))["id"]  # noqa: S310 - our own server


def run(options: argparse.Namespace) -> None:
    """Measure both in turns and print the ratio."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        Path(folder).chmod(0o755)
        database = Embedded(Path(folder) / "postgres")
        database.start()
        stack.callback(database.stop)
        dsn = database.dsn.plain
        upgrade(dsn)
        token, user_id = "", ""
        with started("ours", ME, dsn, folder) as first:
            token, user_id = sign_up(first.port)
        with (
            started("ours", ME, dsn, folder, token=token, profile=options.profile) as product,
            started(
                "bare", "/lean" if options.lean else "/me", dsn, user_id, *(["lean"] * options.lean)
            ) as baseline,
        ):
            compare(product, baseline, options)


def compare(product: Server, baseline: Server, options: argparse.Namespace) -> None:
    """Print each round and the median."""
    for server in (product, baseline):
        server.measure(options.connections, 1.0)
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(options.rounds):
        for server in (product, baseline) if number % 2 else (baseline, product):
            rates[server.name].append(server.measure(options.connections, options.seconds))
        mine, theirs = rates["ours"][-1], rates["bare"][-1]
        print(f"round {number + 1}: ours {mine:6.0f}/s ({1e6 / mine:4.0f} µs)  "
              f"bare {theirs:6.0f}/s ({1e6 / theirs:4.0f} µs)  ratio {mine / theirs:.3f}", flush=True)  # fmt: skip
    ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates["bare"], strict=True)]
    median = statistics.median(ratios)
    print(
        f"auth/me per core against bare: {median:.3f} (aim {AIM}), from {min(ratios):.3f} to {max(ratios):.3f}"
    )


def main() -> None:
    """Run the benchmark, or one of its servers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--lean", action="store_true")
    parser.add_argument("--profile")
    parser.add_argument("--serve", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("args", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        os.environ.pop("PORT", None)
        args = options.args
        app = ours(*args) if options.serve == "ours" else bare(*args[:2], lean=len(args) > 2)
        serve(app, options.port, options.profile, product=options.serve == "ours")
    else:
        run(options)


if __name__ == "__main__":
    main()
