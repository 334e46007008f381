"""A virus scanner that speaks ClamAV's protocol and knows one virus."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

VIRUS = b"X5O!P%@AP-a-harmless-stand-in"


@dataclass
class FakeClamd:
    """What it was given, and how it answers."""

    seen: list[bytes] = field(default_factory=list)
    largest: int = 10_000_000
    hangs: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if self.hangs:
            await reader.read()
        elif command == b"zVERSION\0":
            writer.write(b"ClamAV 1.4.3/27500\0")
        elif command == b"zINSTREAM\0":
            writer.write(await self._scan(reader))
        else:
            writer.write(b"UNKNOWN COMMAND\0")
        writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        data = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
            if len(data) > self.largest:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(data)
        return b"stream: Stand-In FOUND\0" if VIRUS in data else b"stream: OK\0"


@asynccontextmanager
async def clamd_at(path: Path, fake: FakeClamd) -> AsyncIterator[str]:
    """Serve on a Unix socket; yields the address for the settings."""
    server = await asyncio.start_unix_server(fake.serve, path)
    try:
        yield f"unix://{path}"
    finally:
        server.close()
