"""A Redis server of a test's own, that can be stopped, frozen and started again."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.plugins.needs import find_redis

LOOKS = 2000


class RedisServer:
    """One server on a socket in a folder of its own; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._path}"

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._path.unlink(missing_ok=True)
        self._launch()
        for _ in range(LOOKS):
            if self._path.exists():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError

    def _launch(self) -> None:
        command = [
            str(find_redis()), "--port", "0", "--unixsocket", str(self._path), "--save", "",
            "--appendonly", "no", "--dir", str(self._path.parent),
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP freezes it, SIGCONT lets it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture
async def redis_server() -> AsyncIterator[RedisServer]:
    """A running server."""
    folder = Path(tempfile.mkdtemp(prefix="besedka-redis-"))
    server = RedisServer(folder)
    await server.start()
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)
