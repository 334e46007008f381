"""100 MB of mixed documents, sent as files to a server, to searchable: MB/s, files/s, and how the server answers meanwhile.

    python -m bench.bulk_ingest [--megabytes 100]

All the while the list of documents is asked for and a socket is pinged, four times a second each.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import httpx
import uvloop
from websockets.asyncio.client import connect

from bench import lab
from bench.ingest import Writer
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import SourceLook
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.knowledge.documents import docx, words

AIM_MS = 250
AT_ONCE = 4
PAUSE = 0.25
LONGEST_SECONDS = 3600.0


def documents(megabytes: float) -> Iterator[tuple[str, bytes]]:
    """Yield files of several kinds until they have that size together."""
    writer, size, number = Writer(), 0, 0
    while size < megabytes * 1e6:
        name, content = _document(number, writer.text())
        yield name, content
        size, number = size + len(content), number + 1


def _document(number: int, text: str) -> tuple[str, bytes]:
    parts = text.split("\n\n")
    match number % 5:
        case 0:
            return f"{number}.txt", text.encode()
        case 1:
            said = "\n\n".join(f"## {part[:30]}\n\n{part}" for part in parts)
            return f"{number}.md", said.encode()
        case 2:
            said = "".join(f"<h2>{part[:30]}</h2><p>{part}</p>" for part in parts)
            return f"{number}.html", f"<html><body><article>{said}</article></body></html>".encode()
        case 3:
            rows = "\n".join(f'{place};"{part[:200]}"' for place, part in enumerate(parts))
            return f"{number}.csv", f"number;words\n{rows}".encode()
        case _:
            return f"{number}.docx", docx("".join(words(escape(part)) for part in parts))


@dataclass(slots=True)
class Watch:
    """How long answers took while files came in, in milliseconds."""

    page: list[float] = field(default_factory=list)
    ping: list[float] = field(default_factory=list)

    def report(self) -> str:
        """Return the worst of a hundred of each."""
        named = (("page", self.page), ("/ws ping", self.ping))
        return ", ".join(f"{name} p99 {_p99(took):.0f} ms of {len(took)}" for name, took in named)


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98] if len(took) > 1 else 0.0


async def _again(took: list[float], ask: Callable[[], Awaitable[object]]) -> None:
    while True:
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)


async def watch(url: str, place: MadeWorkspace, seen: Watch) -> None:
    """Ask for a page and ping a socket until this is cancelled."""
    address = url.replace("http", "ws") + "/ws"
    async with (
        httpx.AsyncClient(base_url=url, headers=place.headers) as client,
        connect(address, additional_headers=place.headers) as socket,
    ):

        async def page() -> None:
            (await client.get("/api/v1/documents")).raise_for_status()

        async def ping() -> None:
            await (await socket.ping())

        async with asyncio.TaskGroup() as group:
            group.create_task(_again(seen.page, page))
            group.create_task(_again(seen.ping, ping))


async def send(
    url: str, place: MadeWorkspace, files: Iterator[tuple[str, bytes]]
) -> tuple[int, int]:
    """Upload files, some at once; returns how many there were, and their bytes."""
    count = size = 0

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal count, size
        for name, content in files:
            sent = await client.post("/api/v1/documents/files", files={"file": (name, content)})
            sent.raise_for_status()
            count, size = count + 1, size + len(content)

    async with httpx.AsyncClient(base_url=url, headers=place.headers, timeout=120) as client:
        await asyncio.gather(*(one(client) for _ in range(AT_ONCE)))
    return count, size


async def settle(dsn: str, data_dir: str, workspace: WorkspaceId) -> int:
    """Wait until every document was read; returns how many could not be."""
    async with lab.product(dsn, data_dir) as runtime:
        ends = time.monotonic() + LONGEST_SECONDS
        for _ in range(int(LONGEST_SECONDS)):
            async with runtime.db.fast.acquire(workspace) as conn:
                left = await knowledge.list_sources(conn, look=SourceLook.UNFINISHED, limit=1)
                failed = await knowledge.list_sources(conn, look=SourceLook.FAILED)
            if not left or time.monotonic() > ends:
                break
            await asyncio.sleep(1)
    return len(failed)


async def measure(options: argparse.Namespace, dsn: str, data_dir: str) -> None:
    """Send the files, wait until they are searchable, and print what it took."""
    async with lab.product(dsn, data_dir) as runtime:
        place = await make_workspace(runtime)
    with lab.started("bench.bulk_ingest", "ours", dsn=dsn, data_dir=data_dir) as server:
        url, seen = f"http://127.0.0.1:{server.port}", Watch()
        looking = asyncio.create_task(watch(url, place, seen))
        began = time.perf_counter()
        count, size = await send(url, place, documents(options.megabytes))
        sent = time.perf_counter() - began
        failed = await settle(dsn, data_dir, place.id)
        took = time.perf_counter() - began
        looking.cancel()
        memory = server.memory / 1e6
    print(
        f"{count} files, {size / 1e6:.1f} MB: {took:.1f} s to searchable ({sent:.1f} s to send), {size / 1e6 / took:.2f} MB/s,"
        f" {count / took:.1f} files/s, {failed} failed, server {memory:.0f} MB; {seen.report()} (aim ≤ {AIM_MS} ms)"
    )


def main() -> None:
    """Measure, or be the server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, default=100)
    options = lab.arguments(parser)
    if options.serve:
        lab.serve_forever(
            lab.ours(options.dsn, options.data), options.port, options.profile_file or None
        )
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres.dsn.plain, data_dir))


if __name__ == "__main__":
    main()
