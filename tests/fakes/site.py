"""A web site that answers from a table."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """What a path answers with."""

    body: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200


@asynccontextmanager
async def fake_site(pages: Mapping[str, Page]) -> AsyncIterator[str]:
    """Serve pages by path on a free port of this machine; yields the site's address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        page = pages.get(path, Page(b"no such page", status=404))
        writer.write(
            f"HTTP/1.1 {page.status} X\r\nContent-Type: {page.media_type}\r\n"
            f"Content-Length: {len(page.body)}\r\nConnection: close\r\n\r\n".encode()
            + page.body
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
