"""An installation in parts: PostgreSQL, Redis, `serve --only api`, `serve --only ws` and a worker, each of which can be killed."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from besedka.core.db.embedded import Embedded
from besedka.migrations.run import upgrade
from tests.plugins.redis import RedisServer
from tests.torture.family import kill_family
from tests.torture.installation import free_port

API, SOCKETS, WORKER = "api", "ws", "worker"
DATABASE, REDIS = "database", "redis"
PROCESSES = (API, SOCKETS, WORKER)
LOOKS = 4000
LOOK_SECONDS = 0.02


@dataclass
class Cluster:
    """The processes and what they stand on. The database keeps every promise: fsync is on."""

    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="besedka-cluster-")))
    environment: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=lambda: {p: free_port() for p in (API, SOCKETS)})
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.chmod(0o755)  # the database runs as another user when we are root
        self.database = Embedded(self.home / "postgres")
        self.redis = RedisServer(self.home)
        self._watcher: asyncio.Task[None] | None = None

    def address(self, part: str) -> str:
        """Where a part listens."""
        return f"http://127.0.0.1:{self.ports[part]}"

    async def start(self) -> None:
        """Start everything."""
        self.database.start()
        self._watcher = asyncio.create_task(self.database.watch())
        await self.redis.start()
        await asyncio.to_thread(upgrade, self.database.dsn.plain)
        for name in PROCESSES:
            await self.launch(name)
        for name in self.ports:
            await self.ready(name)

    async def launch(self, name: str) -> None:
        """Start one of our own processes."""
        what = ["worker"] if name == WORKER else ["serve", "--only", name]
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = await asyncio.create_subprocess_exec(
                str(Path(sys.executable).with_name("besedka")), *what,
                cwd=self.home, env=self._environment(name), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _environment(self, name: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "PYTHONPATH", "HOME", "LANG"}}
        return {
            **kept, "BESEDKA_HOST": "127.0.0.1", "BESEDKA_PORT": str(self.ports.get(name, 0)),
            "BESEDKA_DATA_DIR": str(self.home / "data"), "DATABASE_URL": self.database.dsn.plain,
            "REDIS_URL": self.redis.url, "BESEDKA_RATE_LIMITS": "false", "BESEDKA_LOG_LEVEL": "warning",
            "BESEDKA_LOG_FORMAT": "json", "BESEDKA_OUTGOING_PRIVATE": "true", **self.environment,
        }  # fmt: skip

    async def ready(self, name: str, *, wholly: bool = False) -> None:
        """Wait until a part can work; `wholly` means that it also hears the others."""
        async with httpx.AsyncClient(base_url=self.address(name), timeout=2) as client:
            for _ in range(LOOKS):
                assert self.running[name].returncode is None, self.log(name)
                with contextlib.suppress(httpx.TransportError):
                    found = await client.get("/health/ready")
                    if found.status_code == 200 and not (wholly and found.json()["status"] != "ok"):
                        return
                await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError(self.log(name))

    async def kill(self, name: str) -> float:
        """Kill a process with -9 and see to its coming back; returns after how many seconds it could work again."""
        started = time.perf_counter()
        match name:
            case "database":
                self.kill_database()
                await asyncio.sleep(0.3)
            case "redis":
                self.redis.kill()
                await asyncio.sleep(0.5)
                await self.redis.start()
            case _:
                self._check_alive(name)
                self.running[name].kill()
                await self.running[name].wait()
                await self.launch(name)
        for part in self.ports:
            await self.ready(part, wholly=True)
        return time.perf_counter() - started

    def _check_alive(self, name: str) -> None:
        code = self.running[name].returncode
        assert code is None, f"{name} had ended by itself with {code}: {self.log(name)}"

    def kill_database(self) -> None:
        """Kill PostgreSQL's every process at once, as a power cut would, but for the kernel's own memory."""
        assert self.database.pid is not None
        kill_family(self.database.pid)

    async def execute(self, statement: str) -> object:
        """Run a statement as the database's owner, and return its one value."""
        conn = await asyncpg.connect(self.database.dsn.plain)
        try:
            return await conn.fetchval(statement)
        finally:
            await conn.close()

    async def stop(self) -> None:
        """Stop everything and forget it."""
        for process in self.running.values():
            if process.returncode is None:
                process.terminate()
        for process in self.running.values():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 20)
        self.redis.kill()
        if self._watcher is not None:
            self._watcher.cancel()
        self.database.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self, name: str) -> str:
        """Return the end of what a process said."""
        return (self.home / f"{name}.log").read_text(errors="replace")[-4000:]
