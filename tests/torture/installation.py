"""A real installation: `besedka serve` with its own data folder, port and database, that can be killed."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from besedka.core.db.embedded import Embedded
from tests.torture.family import kill_family

START_SECONDS = 90.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass
class Installation:
    """The server's process and what it stands on. Its database keeps every promise: fsync is on."""

    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="besedka-torture-")))
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cluster(self) -> Path:
        """The database's folder."""
        return self.home / "data" / "postgres" / "cluster"

    async def start(self) -> float:
        """Start the server; returns after how many seconds it was ready."""
        self.home.chmod(0o755)  # the database runs as another user when we are root
        started = time.perf_counter()
        with (self.home / "server.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                str(Path(sys.executable).with_name("besedka")), "serve",
                cwd=self.home, env=self._environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        await self.ready()
        return time.perf_counter() - started

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "PYTHONPATH", "HOME", "LANG"}}
        return {
            **kept, "BESEDKA_PORT": str(self.port), "BESEDKA_HOST": "127.0.0.1",
            "BESEDKA_DATA_DIR": str(self.home / "data"), "BESEDKA_RATE_LIMITS": "false",
            "BESEDKA_LOG_LEVEL": "warning", "BESEDKA_LOG_FORMAT": "json", **self.environment,
        }  # fmt: skip

    async def ready(self) -> None:
        """Wait until the server says that it can work."""
        deadline = time.perf_counter() + START_SECONDS
        async with httpx.AsyncClient(base_url=self.address, timeout=2) as client:
            while True:
                assert self.process is not None
                assert self.process.returncode is None, self.log()
                assert time.perf_counter() < deadline, self.log()
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    async def kill_server(self) -> None:
        """Kill the server without a word."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    def kill_database(self) -> None:
        """Kill the database's every process; the server is to start it again."""
        kill_family(self.database_pid())

    def database_pid(self) -> int:
        """Return the database's first process."""
        return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])

    async def tell_database(self, *statements: str) -> None:
        """Run statements as the database's owner."""
        conn = await asyncpg.connect(Embedded(self.cluster.parent).dsn.plain)
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    async def stop(self) -> None:
        """Stop everything and forget it."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 20)
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self) -> str:
        """Return the end of what the server said."""
        return (self.home / "server.log").read_text(errors="replace")[-4000:]
