"""100 MB of mixed documents, sent as files to a server, to searchable: MB/s, files/s, and how the server answers meanwhile.

    python -m bench.bulk_ingest [--megabytes 100]

The files are made before. All the while another process asks for the list of documents and pings a socket, four times
a second each.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
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
TEXTS = 50
AT_ONCE = 4
PAUSE = 0.25
LONGEST_SECONDS = 3600.0


def documents(megabytes: float) -> Iterator[tuple[str, bytes]]:
    """Yield files of several kinds until they have that size together: a few texts, their paragraphs in other orders."""
    writer, rng, size, number = Writer(), random.Random(3), 0, 0
    texts = [writer.text().split("\n\n") for _ in range(TEXTS)]
    while size < megabytes * 1e6:
        parts = texts[number % TEXTS]
        rng.shuffle(parts)
        name, content = _document(number, "\n\n".join(parts))
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


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98] if len(took) > 1 else 0.0


async def _again(took: list[float], ask: Callable[[], Awaitable[object]]) -> None:
    while True:
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)


async def watch(url: str, token: str) -> None:
    """Ask for a page and ping a socket until the standard input ends; then print how long answers took."""
    headers = {"Authorization": f"Bearer {token}"}
    pages: list[float] = []
    pings: list[float] = []
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client,
        connect(url.replace("http", "ws") + "/ws", additional_headers=headers) as socket,
    ):

        async def page() -> None:
            (await client.get("/api/v1/documents")).raise_for_status()

        async def ping() -> None:
            await (await socket.ping())

        tasks = [asyncio.create_task(_again(pages, page)), asyncio.create_task(_again(pings, ping))]
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    named = (("page", pages), ("/ws ping", pings))
    print(", ".join(f"{name} p99 {_p99(took):.0f} ms of {len(took)}" for name, took in named))


@contextlib.contextmanager
def watched(url: str, token: str) -> Iterator[Callable[[], str]]:
    """Watch from a process of its own; what is yielded ends that and returns what was seen."""
    command = [sys.executable, "-m", "bench.bulk_ingest", "--watch", url, "--token", token]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seen() -> str:
        return process.communicate()[0].strip()

    try:
        yield seen
    finally:
        process.kill()


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
        url, files = f"http://127.0.0.1:{server.port}", list(documents(options.megabytes))
        with watched(url, place.owner.token) as seen:
            began = time.perf_counter()
            count, size = await send(url, place, iter(files))
            sent = time.perf_counter() - began
            failed = await settle(dsn, data_dir, place.id)
            took = time.perf_counter() - began
            saw = seen()
        memory = server.memory / 1e6
    print(
        f"{count} files, {size / 1e6:.1f} MB: {took:.1f} s to searchable ({sent:.1f} s to send), {size / 1e6 / took:.2f} MB/s,"
        f" {count / took:.1f} files/s, {failed} failed, server {memory:.0f} MB; {saw} (aim ≤ {AIM_MS} ms)"
    )


def main() -> None:
    """Measure, or be the server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--watch", default="", help=argparse.SUPPRESS)
    parser.add_argument("--token", default="", help=argparse.SUPPRESS)
    options = lab.arguments(parser)
    if options.watch:
        uvloop.run(watch(options.watch, options.token))
        return
    if options.serve:
        lab.serve_forever(
            lab.ours(options.dsn, options.data), options.port, options.profile_file or None
        )
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres.dsn.plain, data_dir))


if __name__ == "__main__":
    main()
