"""The first word of an answer after the question, without a model: a visitor's widget over HTTP and `/ws`.

    python -m bench.first_word [--chunks 10000] [--questions 200]

The product runs as a process of its own over a collection of so many passages. A visitor asks one question after the
other; the time runs from sending the question to the first frame that carries words of the assistant.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import uvloop

from bench import lab
from bench.ingest import Writer
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.products.widget import service as widgets
from tests.factories import make_workspace

AIM_MS = 100
WARM_UP = 20
QUESTION_WORDS = 6
ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Company:
    """A company with a widget, and what can be asked there."""

    key: str
    questions: list[str]


async def furnish(dsn: str, folder: str, options: argparse.Namespace) -> Company:
    """Make an assistant that knows so many passages."""
    rng, writer, texts = random.Random(7), Writer(), []
    async with lab.product(dsn, folder) as runtime:
        made = await make_workspace(runtime)
        async with runtime.db.fast.transaction(made.id) as conn:
            who = await answers.create_assistant(conn, name="Bench", author=None, locale="ru")
        passages = 0
        while passages < options.chunks:
            texts.append(writer.text())
            async with runtime.db.fast.transaction(made.id) as conn:
                source = await knowledge.add_text(
                    conn, who.collection_id, body=texts[-1], title=f"Text {len(texts)}"
                )
            passages += source.chunks
        await _settle(runtime)
        place = await widgets.place_of(runtime, made.id, who)
    questions = [_question(rng.choice(texts), rng) for _ in range(options.questions + WARM_UP)]
    return Company(place.public_key, questions)


async def _settle(runtime: Runtime) -> None:
    """Let the planner know the tables, as autovacuum does within a minute."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute("SET ROLE NONE")
        await conn.execute("ANALYZE")


def _question(text: str, rng: random.Random) -> str:
    sentence = rng.choice([each for each in text.split(". ") if each.count(" ") >= QUESTION_WORDS])
    return " ".join(rng.sample(sentence.strip(".").split(), QUESTION_WORDS)) + "?"


class Visitor:
    """Somebody with the widget open."""

    def __init__(self, line: lab.Line, port: int, key: str) -> None:
        self._line, self._port, self._base = line, port, f"/api/v1/widget/{key}"
        self._token = ""
        self._answered = asyncio.Event()
        self._at = 0.0

    async def arrive(self, question: str) -> None:
        """Ask a first question, so that there is a dialog, and open the socket."""
        begun = await self._session(None)
        self._token = begun["visitor"]
        await self._post(question)
        await asyncio.sleep(1)
        again = await self._session(begun["visitor"])
        wire = await lab.open_wire(self._port, self._take, path=f"/ws?ticket={again['ticket']}")
        hello = {"type": "hello", "cid": "h", "cursors": {again["chat"]: None}}
        wire.send(json.dumps(hello).encode())
        await asyncio.sleep(1)

    async def ask(self, question: str) -> float:
        """Ask, and return the seconds until the answer's first word."""
        self._answered.clear()
        begun = time.perf_counter()
        await self._post(question)
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._answered.wait()
        return self._at - begun

    async def _session(self, visitor: str | None) -> dict[str, Any]:
        return await self._line.post(f"{self._base}/session", {"visitor": visitor, "locale": "ru"})

    async def _post(self, question: str) -> None:
        body = {"key": str(uuid4()), "body": question}
        await self._line.post(f"{self._base}/messages", body, self._token)

    def _take(self, _wire: lab.Wire, frame: bytes) -> None:
        now = time.perf_counter()
        event = json.loads(frame)
        if event["type"] == "message.delta" or (
            event["type"] == "message" and event["data"]["sender"]["kind"] == "assistant"
        ):
            self._at = now
            self._answered.set()


async def measure(server: lab.Server, company: Company) -> list[float]:
    """Return the seconds of every question, sorted."""
    line = await lab.Line.open(server.port)
    visitor = Visitor(line, server.port, company.key)
    first, *questions = company.questions
    await visitor.arrive(first)
    times = [await visitor.ask(question) for question in questions]
    line.close()
    return sorted(times[WARM_UP - 1 :])


def main() -> None:
    """Run the benchmark, or its server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    options = lab.arguments(parser)
    if options.serve:
        lab.serve_forever(lab.ours(options.dsn, options.data), options.port, options.profile_file)
        return
    with lab.database() as database, tempfile.TemporaryDirectory() as folder:
        dsn = database.dsn.plain
        company = uvloop.run(furnish(dsn, folder, options))
        with lab.started("bench.first_word", "ours", dsn=dsn, data_dir=folder) as server:
            times = uvloop.run(measure(server, company))
    p50, p95 = (1000 * times[len(times) * share // 100] for share in (50, 95))
    print(
        f"{options.chunks} passages, {len(times)} questions: first word p50 {p50:.0f} ms, p95 {p95:.0f} ms"
        f" (aim {AIM_MS})"
    )


if __name__ == "__main__":
    main()
