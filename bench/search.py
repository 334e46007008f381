"""Searching in one workspace with 100,000 passages, without vectors: milliseconds a question, against bare SQL.

    python -m bench.search [--passages 100000] [--questions 300]

Texts are made up (`bench.ingest.Writer`), cut and indexed by the product. Questions have two to seven words of one passage,
a third of them one word that is misspelt. The bare program asks the same server for what no search by BM25 can do without:
the frequencies of the words, the best 50 passages by the product's own statement, and the 20 to show. What is left is the
product's: understanding the question, spelling, families of words, sentences, quotes.

The aim is a p50 of 50 ms.
"""

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import lab
from bench.ingest import Writer, cpu
from besedka.core.db.embedded import Embedded
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.repository.search import FoundRepository
from besedka.kernel.knowledge.service.query import Planner, Query
from besedka.kernel.knowledge.service.retrieve import PROMISING, READ
from besedka.kernel.knowledge.types import CollectionId
from tests.factories import make_workspace

AIM_MS = 50.0
TEXTS = 300
SHOWN = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Where is searched."""

    runtime: Runtime
    workspace: WorkspaceId
    collection: CollectionId


async def fill(place: Place, passages: int) -> list[str]:
    """Index texts until there are enough passages; returns some of the texts."""
    writer, rng = Writer(), random.Random(5)
    texts = [writer.text() for _ in range(TEXTS)]
    made, begun = 0, time.perf_counter()
    while made < passages:
        # Paragraphs of different texts, so that no two documents are alike.
        parts = [part for text in rng.sample(texts, 4) for part in text.split("\n\n")]
        rng.shuffle(parts)
        async with place.runtime.db.fast.transaction(place.workspace) as conn:
            source = await knowledge.add_text(
                conn, place.collection, body="\n\n".join(parts)[:99_000], title=f"Текст {made}"
            )
        made += source.chunks
        if made // SHOWN != (made - source.chunks) // SHOWN:
            print(f"  {made} passages, {time.perf_counter() - begun:.0f} s", flush=True)
    async with place.runtime.db.system.acquire() as conn:
        await conn.execute("ANALYZE")
    return texts


def questions(texts: Sequence[str], number: int) -> list[str]:
    """Return questions: words that stand near each other in a text, in a third of them one is misspelt."""
    rng, found = random.Random(11), []
    for place in range(number):
        words = re.findall(r"\w+", rng.choice(texts))
        start = rng.randrange(len(words) - 30)
        chosen = rng.sample(words[start : start + 30], rng.randint(2, 7))
        if place % 3 == 0:
            longest = max(range(len(chosen)), key=lambda n: len(chosen[n]))
            word = chosen[longest]
            chosen[longest] = word[: len(word) // 2] + "ъ" + word[len(word) // 2 + 1 :]
        found.append(" ".join(chosen))
    return found


async def ask(place: Place, question: str) -> float:
    """Return how long the product takes for a question, in milliseconds."""
    begun = time.perf_counter()
    await knowledge.retrieve(place.runtime, place.workspace, [place.collection], question)
    return 1000 * (time.perf_counter() - begun)


async def ask_bare(place: Place, query: Query) -> float:
    """Return how long the SQL takes that a question cannot do without, in milliseconds."""
    keys = [each.key for each in query.wanted]
    begun = time.perf_counter()
    async with place.runtime.db.system.acquire() as system:
        await search.frequencies(system, place.workspace, keys)
        best = await search.best(
            system, place.workspace, query.wanted, rare=query.rare, mean=query.sums.mean, limit=PROMISING
        )  # fmt: skip
    async with place.runtime.db.fast.acquire(place.workspace) as conn:
        await FoundRepository(conn).read(list(best)[:READ])
    return 1000 * (time.perf_counter() - begun)


async def plan(place: Place, question: str) -> Query:
    """Return what the product searches for."""
    async with place.runtime.db.system.acquire() as conn:
        return await Planner(conn, place.workspace, [place.collection]).plan(question)


def told(name: str, times: Sequence[float], used: float) -> float:
    """Print the figures of some times and return their median."""
    ordered = sorted(times)
    p50, p95 = ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100]
    each = 1000 * used / len(ordered)
    print(f"{name:8} p50={p50:.1f} ms  p95={p95:.1f} ms  CPU a question={each:.1f} ms", flush=True)
    return p50


async def measure(runtime: Runtime, server: Embedded, options: argparse.Namespace) -> None:
    """Fill a workspace, ask, and print."""
    workspace = (await make_workspace(runtime)).id
    async with runtime.db.fast.transaction(workspace) as conn:
        collection = await knowledge.create_collection(conn, name="Bench")
    place = Place(runtime, workspace, collection)
    asked = questions(await fill(place, options.passages), options.questions)
    queries = [await plan(place, question) for question in asked]
    begun = cpu(server)
    product = [await ask(place, question) for question in asked]
    between = cpu(server)
    bare = [await ask_bare(place, query) for query in queries]
    ratio = told("product", product, between - begun) / told("bare", bare, cpu(server) - between)
    print(f"product / bare = {ratio:.2f}; the aim is a p50 of {AIM_MS:.0f} ms on an idle machine")


async def _run(server: Embedded, folder: str, options: argparse.Namespace) -> None:
    async with lab.product(server.dsn.plain, folder) as runtime:
        await measure(runtime, server, options)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(server, folder, options))


if __name__ == "__main__":
    main()
