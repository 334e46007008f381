"""A virus scanner behind the protocol of ClamAV's daemon: INSTREAM and PING, over TCP or a Unix socket.

The protocol: clamd(8). A command begins with `z` and ends with a zero byte; INSTREAM is followed by blocks, each after
its length in four bytes, and ends with an empty one.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from besedka.kernel.files.types import Scan

BLOCK = 128 * 1024
CONNECT_SECONDS, SCAN_SECONDS, PING_SECONDS = 5.0, 120.0, 5.0
PORT = 3310
_LONGEST_ANSWER = 4096
_FOUND, _CLEAN = " FOUND", "stream: OK"


class ScanFailed(Exception):
    """The scanner gave no verdict; the message says why."""


class VirusFound(Exception):
    """The scanner knows what is in the file: `signature`."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


class Scanner:
    """Asks the daemon at an address (`tcp://host:port`, `unix:///path`); without one everything passes unseen."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def scan(self, path: Path) -> Scan:
        """Have a file looked through. Raises VirusFound, ScanFailed."""
        if not self._address:
            return Scan.OFF
        answer = await self._ask(b"zINSTREAM\0", path, seconds=SCAN_SECONDS)
        if answer.endswith(_FOUND):
            raise VirusFound(answer.removeprefix("stream: ").removesuffix(_FOUND))
        if answer != _CLEAN:
            raise ScanFailed(answer or "no answer")
        return Scan.CLEAN

    async def version(self) -> str:
        """Return the daemon's version. Raises ScanFailed."""
        return await self._ask(b"zVERSION\0", None, seconds=PING_SECONDS)

    async def _ask(self, command: bytes, path: Path | None, *, seconds: float) -> str:
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(command, path)
        except TimeoutError:
            raise ScanFailed("it takes too long") from None
        except OSError as error:
            raise ScanFailed(str(error) or type(error).__name__) from error
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _exchange(self, command: bytes, path: Path | None) -> bytes:
        async with self._connected() as (reader, writer):
            writer.write(command)
            if path is not None:
                await _send(writer, path)
            return await reader.read(_LONGEST_ANSWER)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        where = urlsplit(self._address)
        async with asyncio.timeout(CONNECT_SECONDS):
            if where.scheme == "unix":
                reader, writer = await asyncio.open_unix_connection(where.path)
            else:
                port = where.port or PORT
                reader, writer = await asyncio.open_connection(where.hostname, port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, path: Path) -> None:
    """Send a file; the daemon hangs up when it is longer than it takes, and has said so by then."""
    stream = await asyncio.to_thread(path.open, "rb")
    with stream:
        try:
            while block := await asyncio.to_thread(stream.read, BLOCK):
                writer.write(struct.pack(">I", len(block)) + block)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
        except ConnectionError:
            return
