"""Retrieval quality through the product's own ingestion: recall@1, recall@5, MRR, and how often a quote has the answer.

    python -m bench.retrieval_quality DATA.jsonl [--typos] [--vectors] [--absent] [--seed 7] [--hits HITS.jsonl]
        [--answers ANSWERS.jsonl]

DATA has a JSON object per line: {"type": "passage", "pid", "title", "text"} or {"type": "query", "qid", "question",
"pids", "answers"}. Every passage becomes a text document of its own, then every question is asked. With `--typos` one
word of each question (of four letters or more, where there is one) gets one letter wrong, missing, added or swapped.
With `--vectors` everything is searched by meaning, too, with the vectors of a fake provider, which know runs of letters and
nothing else. With `--absent` every second passage is left out, and only the questions about those are asked: then being
confident is being wrong.
`--hits` and `--answers` write what was found, for a checker to judge.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import lab
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge import jobs
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.service.vectors import Vectors
from besedka.kernel.knowledge.types import CollectionId, Retrieval, SourceId
from besedka.kernel.llm import service as llm
from tests.factories import make_workspace
from tests.fakes.llm import FakeLlm
from tests.kernel.knowledge.conftest import Attempt

Row = dict[str, Any]

THRESHOLD = 0.45
TYPO_LETTERS = 4
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Score:
    """Sums over the questions asked so far."""

    asked: int = 0
    first: int = 0
    fifth: int = 0
    reciprocal: float = 0.0
    quoted: int = 0
    sure: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, place: int, *, quoted: bool, sure: bool, seconds: float) -> None:
        """Count a question whose passage came at a place, from 1; 0 when it did not come."""
        self.asked += 1
        self.first += place == 1
        self.fifth += 1 <= place <= 5
        self.reciprocal += 1 / place if place else 0.0
        self.quoted += quoted
        self.sure += sure
        self.seconds.append(seconds)

    def __str__(self) -> str:
        n, times = self.asked, sorted(self.seconds)
        return (
            f"questions={n}  recall@1={self.first / n:.4f}  recall@5={self.fifth / n:.4f}"
            f"  mrr={self.reciprocal / n:.4f}  quote contains={self.quoted / n:.4f}"
            f"  confident={self.sure / n:.4f}  p50={1000 * times[n // 2]:.1f} ms"
            f"  p95={1000 * times[n * 95 // 100]:.1f} ms"
        )


def misspell(question: str, rng: random.Random) -> str:
    """Return a question with one letter of one word wrong."""
    places = [m for m in re.finditer(r"[^\W\d_]+", question) if len(m[0]) >= TYPO_LETTERS]
    if not places:
        return question
    found = rng.choice(places)
    return question[: found.start()] + _wrong(found[0], rng) + question[found.end() :]


def _wrong(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    letter = rng.choice(CYRILLIC if re.search("[а-яё]", word.lower()) else LATIN)
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def normal(text: str) -> str:
    """Return lower-case words between single blanks, to look for an answer in."""
    words = re.findall(r"[^\W_]+", text.lower().replace("ё", "е"))
    return f" {' '.join(words)} "


def load(path: Path) -> tuple[list[Row], list[Row]]:
    """Return the passages and the questions of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [r for r in rows if r["type"] == "passage"], [r for r in rows if r["type"] == "query"]


async def fill(
    runtime: Runtime, workspace: WorkspaceId, collection: CollectionId, passages: Sequence[Row]
) -> dict[SourceId, str]:
    """Make every passage a document; returns which document is which passage."""
    made = {}
    for passage in passages:
        async with runtime.db.fast.transaction(workspace) as conn:
            title = str(passage["title"]).replace("_", " ")
            source = await knowledge.add_text(conn, collection, body=passage["text"], title=title)
        made[source.id] = str(passage["pid"])
    return made


async def embed(runtime: Runtime, workspace: WorkspaceId, provider: str) -> None:
    """Give everything its vector."""
    runtime.get(Vectors).question_seconds = 10.0
    async with runtime.db.fast.transaction(workspace) as conn:
        await llm.save_provider(
            runtime,
            conn,
            base_url=provider,
            default_model="m",
            api_key="k",
            embedding_model="letters",
        )
    await jobs.embed(Attempt(runtime, workspace), again=False)


async def measure(runtime: Runtime, options: argparse.Namespace) -> None:
    """Fill a collection, ask everything, print the figures."""
    passages, questions = load(options.data)
    if options.absent:
        passages, absent = passages[::2], {row["pid"] for row in passages[1::2]}
        questions = [row for row in questions if absent.issuperset(row["pids"])]
    workspace = (await make_workspace(runtime)).id
    async with runtime.db.fast.transaction(workspace) as conn:
        collection = await knowledge.create_collection(conn, name="Bench")
    documents = await fill(runtime, workspace, collection, passages)
    if options.vectors:
        await embed(runtime, workspace, options.provider)
    rng, score = random.Random(options.seed), Score()
    hits, answers = [], []
    for row in questions:
        question = misspell(row["question"], rng) if options.typos else row["question"]
        begun = time.perf_counter()
        found = await knowledge.retrieve(runtime, workspace, [collection], question)
        seconds = time.perf_counter() - begun
        order = [documents[hit.source_id] for hit in found.hits]
        place = next((n for n, pid in enumerate(order, 1) if pid in row["pids"]), 0)
        quote = found.hits[0].quote if found.hits else ""
        score.add(
            place, quoted=any(normal(a) in normal(quote) for a in row["answers"]),
            sure=found.confidence >= THRESHOLD, seconds=seconds,
        )  # fmt: skip
        hits.append({"qid": row["qid"], "hits": [hit.text for hit in found.hits]})
        answers.append(_answer(row, found, quote))
    print(f"{options.data.name}{_manner(options)}: {score}")
    _write(options.hits, hits)
    _write(options.answers, answers)


def _manner(options: argparse.Namespace) -> str:
    names = {"typos": options.typos, "vectors": options.vectors, "absent": options.absent}
    return "".join(f" +{name}" for name, is_on in names.items() if is_on)


def _answer(row: Row, found: Retrieval, quote: str) -> Row:
    return {"qid": row["qid"], "answer": quote, "refused": found.confidence < THRESHOLD}


def _write(path: Path | None, rows: Sequence[Row]) -> None:
    if path is not None:
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _run(dsn: str, folder: str, options: argparse.Namespace) -> None:
    async with FakeLlm() as model, lab.product(dsn, folder) as runtime:
        options.provider = model.base_url
        await measure(runtime, options)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--typos", action="store_true")
    parser.add_argument("--vectors", action="store_true")
    parser.add_argument("--absent", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hits", type=Path)
    parser.add_argument("--answers", type=Path)
    options = parser.parse_args()
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(server.dsn.plain, folder, options))


if __name__ == "__main__":
    main()
