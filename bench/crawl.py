"""A site of 200 pages, served on loopback, from its address to searchable: seconds, CPU and memory.

    python -m bench.crawl [--pages 200] [--paragraphs 12] [--hasty]

The pauses between two requests, which other people's servers are owed, are kept: a tenth of a second after a quick
answer. `--hasty` leaves them out and says what the work takes.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Mapping

import psutil
import uvloop

from bench import lab
from bench.ingest import Attempt, Writer, cpu, make_product
from besedka.core.db.embedded import Embedded
from besedka.kernel.knowledge import jobs
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.types import SiteRules, Source, SourceState
from tests.fakes.site import Page, fake_site, html, link

AIM_SECONDS = 60
PARTS = 100
LINKS = 10
MARK = "кукумбер"


def make_site(pages: int, paragraphs: int) -> Mapping[str, Page]:
    """Return pages that lead to each other, the last of which has a word of its own."""
    writer = Writer()
    found: dict[str, Page] = {}
    for number in range(pages):
        path = f"/{number}" if number else "/"
        text = writer.text().split("\n\n")[:paragraphs]
        if number == pages - 1:
            text.append(f"Здесь растёт {MARK}.")
        onward = range(number * LINKS + 1, min(number * LINKS + LINKS + 1, pages))
        body = "".join(f"<p>{part}</p>" for part in text)
        links = "".join(map(link, (f"/{other}" for other in onward)))
        found[path] = html(f"<article><h1>{number}</h1>{body}</article>", links, title=f"{number}")
    return found


@contextlib.asynccontextmanager
async def memory() -> AsyncIterator[list[int]]:
    """Yield the list to which the memory of this process is added, ten times a second."""
    seen = [psutil.Process().memory_info().rss]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.1)
            seen.append(psutil.Process().memory_info().rss)

    task = asyncio.create_task(look())
    yield seen
    task.cancel()


async def measure(server: Embedded, folder: str, options: argparse.Namespace) -> None:
    """Read the site and print what it took."""
    pages = make_site(options.pages, options.paragraphs)
    async with lab.product(server.dsn.plain, folder) as runtime, fake_site(pages) as site:
        if options.hasty:
            runtime.get(Manners).pause = 0.0
        product = await make_product(runtime)
        async with runtime.db.fast.transaction(product.workspace) as conn:
            rules = SiteRules(max_pages=options.pages)
            source = await knowledge.add_site(conn, product.collection, f"{site}/", rules=rules)
        used, began = cpu(server), time.perf_counter()
        async with memory() as seen:
            source = await _crawl(Attempt(runtime, product.workspace), source)
        took, used = time.perf_counter() - began, cpu(server) - used
        found = await knowledge.retrieve(runtime, product.workspace, [product.collection], MARK)
    assert found.hits, "the last page is not found"
    grown = (max(seen) - seen[0]) / 1e6
    print(
        f"{source.done} pages, {source.chunks} passages: {took:.1f} s (aim ≤ {AIM_SECONDS}), {used:.1f} s of CPU,"
        f" {source.done / took:.1f} pages/s, memory +{grown:.0f} MB at most"
    )


async def _crawl(attempt: Attempt, source: Source) -> Source:
    """Do what the site's jobs do, one part after the other."""
    for _ in range(PARTS):
        await jobs.crawl(attempt, source_id=str(source.id))
        async with attempt.runtime.db.fast.acquire(attempt.workspace) as conn:
            source = await knowledge.get_source(conn, source.id)
        if source.state not in {SourceState.QUEUED, SourceState.WORKING}:
            break
    assert source.state is SourceState.READY, source
    return source


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--paragraphs", type=int, default=12)
    parser.add_argument("--hasty", action="store_true")
    options = parser.parse_args()
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(server, folder, options))


if __name__ == "__main__":
    main()
