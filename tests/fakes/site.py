"""A web site that answers from a table, or as a function of the path says."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """What a path answers with; one with an `ETag` among its headers answers 304 to who has it already.

    `length` is what the server says the body's length is; what is missing never comes, and what is sent slowly has
    `pause` seconds before each byte.
    """

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0.0


def html(*parts: str, title: str = "", head: str = "") -> Page:
    """Return a page of HTML."""
    top = f"<head><title>{title}</title>{head}</head>"
    return Page(f"<html>{top}<body>{''.join(parts)}</body></html>".encode())


def link(path: str) -> str:
    """Return a link of HTML."""
    return f'<a href="{path}">there</a> '


def redirect(to: str) -> Page:
    """Return an answer that sends elsewhere."""
    return Page(status=302, headers={"Location": to})


def packed(page: Page) -> Page:
    """Return a page as a file of gzip."""
    return Page(gzip.compress(page.body), "application/gzip")


NOTHING = Page(b"no such page", status=404)


@dataclass(slots=True)
class Site:
    """A running site: its address, and the requests that came, as paths and as heads."""

    url: str
    visits: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


Pages = Mapping[str, Page] | Callable[[str], Page]


@asynccontextmanager
async def watched_site(pages: Pages) -> AsyncIterator[Site]:
    """Serve pages by path on a free port of this machine, and note who comes."""
    site, visitors = Site(""), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = asyncio.current_task()
        assert visitor is not None
        visitors.add(visitor)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            site.visits.append(path)
            site.heads.append(head)
            page = pages(path) if callable(pages) else pages.get(path, NOTHING)
            with suppress(ConnectionError):  # who asked may have left
                await _answer(writer, page, head)
        finally:
            visitors.discard(visitor)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield site
        for visitor in visitors:
            visitor.cancel()


async def _answer(writer: asyncio.StreamWriter, page: Page, head: str) -> None:
    etag = page.headers.get("ETag")
    known = etag is not None and f"if-none-match: {etag}".lower() in head.lower()
    body, status = (b"", 304) if known else (page.body, page.status)
    length = len(body) if page.length is None else page.length
    extra = "".join(f"{name}: {value}\r\n" for name, value in page.headers.items())
    writer.write(
        f"HTTP/1.1 {status} X\r\nContent-Type: {page.media_type}\r\n{extra}"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n".encode()
    )
    if page.pause:
        for place in range(len(body)):
            await asyncio.sleep(page.pause)
            writer.write(body[place : place + 1])
            await writer.drain()
    else:
        writer.write(body)
    await writer.drain()


@asynccontextmanager
async def fake_site(pages: Pages) -> AsyncIterator[str]:
    """Serve pages by path on a free port of this machine; yields the site's address."""
    async with watched_site(pages) as site:
        yield site.url
