"""Text documents of 50 KB to searchable: MB per core second, against bare programs, in one run.

    python -m bench.ingest [--documents 150] [--rounds 3] [--texts FOLDER]

Every program reads the same files. The CPU time of this process and of PostgreSQL counts, so other load on the
machine blurs the figures little.

    plain       reads, cuts, and inserts each document's pieces in one statement: nothing is searchable
    searchable  the same into a table with a generated tsvector and its GIN index: the least that can be searched
    text        the product: `knowledge.add_text`, as for a typed text or one sent to the API
    file        the product: a stored file, read by a job

The aim is for `text` against `searchable`. FOLDER has *.txt files to use; without it texts are made up.
"""

import argparse
import itertools
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import uvloop

from bench import lab
from besedka.core.db.embedded import Embedded
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.files import service as files
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.jobs import index
from besedka.kernel.knowledge.types import CollectionId
from tests.factories import make_workspace

AIM = 0.5
BYTES = 50_000
PIECE = 900
STEMS = 30_000
ENDINGS = (
    "а ы е у ой ам",
    "ый ого ому ая ую ые",
    "ать ает ал али ают",
    "ение ения ении ением",
    "ом ов ами и",
)

Program = Callable[[Path], Awaitable[object]]


# --- texts --------------------------------------------------------------------------------------


class Writer:
    """Makes up texts: stems by Zipf's law, each with one of its endings as Russian has them, sentences, paragraphs."""

    def __init__(self, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._stems = [self._stem() for _ in range(STEMS)]
        self._weights = list(itertools.accumulate((rank + 2.7) ** -1.1 for rank in range(STEMS)))

    def _stem(self) -> tuple[str, str]:
        syllables = (
            self._rng.choice("бвгджзклмнпрстфхцчшщ") + self._rng.choice("аеиоуыюя")
            for _ in range(self._rng.randint(1, 4))
        )
        return "".join(syllables) + self._rng.choice("бвгдзклмнпрст"), self._rng.choice(ENDINGS)

    def text(self) -> str:
        """Return a text of about 50 KB."""
        parts: list[str] = []
        size = 0
        while size < BYTES:
            parts.append(" ".join(self._sentence() for _ in range(self._rng.randint(3, 9))))
            size += len(parts[-1].encode()) + 2
        return "\n\n".join(parts)

    def _sentence(self) -> str:
        stems = self._rng.choices(
            self._stems, cum_weights=self._weights, k=self._rng.randint(6, 18)
        )
        words = (stem + self._rng.choice(endings.split()) for stem, endings in stems)
        return " ".join(words).capitalize() + "."


# --- the programs -------------------------------------------------------------------------------


def cut(text: str) -> list[str]:
    """Cut a text between sentences into pieces of at most 900 characters."""
    pieces: list[str] = []
    piece = ""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if piece and len(piece) + len(sentence) >= PIECE:
            pieces.append(piece)
            piece = ""
        piece = f"{piece} {sentence}" if piece else sentence
    return [*pieces, piece]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def bare(conn: asyncpg.Connection, table: str, *, searchable: bool) -> Program:
    """Return a program that inserts the pieces of a file."""
    tsv = ", tsv tsvector GENERATED ALWAYS AS (to_tsvector('russian', body)) STORED"
    await conn.execute(
        f"CREATE TABLE {table} (id uuid PRIMARY KEY, document uuid, place int, body text"
        f"{tsv if searchable else ''})"
    )
    if searchable:
        await conn.execute(f"CREATE INDEX ON {table} USING gin (tsv)")

    async def run(path: Path) -> None:
        pieces = cut(_read(path))
        await conn.execute(
            f"INSERT INTO {table} (id, document, place, body)"
            " SELECT id, $2, place, body FROM unnest($1::uuid[], $3::int[], $4::text[]) AS t(id, place, body)",
            [uuid4() for _ in pieces], uuid4(), list(range(len(pieces))), pieces,
        )  # fmt: skip

    return run


@dataclass(frozen=True, slots=True)
class Product:
    """The product with a collection."""

    runtime: Runtime
    workspace: WorkspaceId
    collection: CollectionId

    async def text(self, path: Path) -> None:
        """Add a text."""
        body = _read(path)
        async with self.runtime.db.fast.transaction(self.workspace) as conn:
            await knowledge.add_text(conn, self.collection, body=body, title=path.name)

    async def file(self, path: Path) -> None:
        """Store a file and do what its job does."""
        stored = await files.store_path(
            self.runtime, path, workspace_id=self.workspace, actor_id=None
        )
        async with self.runtime.db.fast.transaction(self.workspace) as conn:
            source = await knowledge.add_file(
                conn, self.collection, file_id=stored.id, name=stored.name
            )
        await index(Attempt(self.runtime, self.workspace), source_id=str(source.id))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a job gets (`core.module.JobContext`)."""

    runtime: Runtime
    workspace: WorkspaceId
    job_id: int = 0
    attempt: int = 1
    last_attempt: bool = False

    async def progress(self, done: int, total: int, *, note: str = "") -> None:
        """Nobody looks."""


async def make_product(runtime: Runtime) -> Product:
    """Return the product with an empty collection."""
    workspace = (await make_workspace(runtime)).id
    async with runtime.db.fast.transaction(workspace) as conn:
        collection = await knowledge.create_collection(conn, name="Bench")
    return Product(runtime, workspace, collection)


# --- measuring ----------------------------------------------------------------------------------


def cpu(server: Embedded) -> float:
    """Seconds of CPU that this process and PostgreSQL have used."""
    return time.process_time() + lab.postgres_cpu(server)


async def rate(server: Embedded, program: Program, paths: Sequence[Path]) -> float:
    """Return MB per core second."""
    size = sum(path.stat().st_size for path in paths) / 1e6
    before = cpu(server)
    for path in paths:
        await program(path)
    return size / (cpu(server) - before)


async def measure(server: Embedded, folder: str, options: argparse.Namespace) -> None:
    """Run the programs in turns on fresh parts of the documents and print rates and ratios."""
    paths = write_texts(Path(folder), options)
    conn = await asyncpg.connect(server.dsn.plain)
    async with lab.product(server.dsn.plain, folder) as runtime:
        product = await make_product(runtime)
        programs = {
            "plain": await bare(conn, "bench_plain", searchable=False),
            "searchable": await bare(conn, "bench_searchable", searchable=True),
            "text": product.text,
            "file": (await make_product(runtime)).file,
        }
        rates: dict[str, list[float]] = {name: [] for name in programs}
        warm, *parts = _parts(paths, options.rounds + 1)
        for program in programs.values():
            await rate(server, program, warm)
        for part in parts:
            for name, program in programs.items():
                rates[name].append(await rate(server, program, part))
    await conn.close()
    report({name: statistics.median(found) for name, found in rates.items()})


def write_texts(folder: Path, options: argparse.Namespace) -> list[Path]:
    """Return the files to read."""
    if options.texts:
        return sorted(options.texts.glob("*.txt"))
    writer = Writer()
    paths = [folder / f"text{number}.txt" for number in range(options.documents)]
    for path in paths:
        path.write_text(writer.text(), encoding="utf-8")
    return paths


def _parts(paths: Sequence[Path], count: int) -> list[list[Path]]:
    return [list(paths[place::count]) for place in range(count)]


def report(rates: Mapping[str, float]) -> None:
    """Print the rates, and the product's against the bare programs."""
    for name, found in rates.items():
        print(f"{name:11s} {found:6.1f} MB per core second")
    for ours, theirs in itertools.product(("text", "file"), ("searchable", "plain")):
        aim = f" (aim {AIM})" if (ours, theirs) == ("text", "searchable") else ""
        print(f"{ours} against {theirs}: {rates[ours] / rates[theirs]:.2f}{aim}")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=Path)
    options = parser.parse_args()
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(server, folder, options))


if __name__ == "__main__":
    main()
