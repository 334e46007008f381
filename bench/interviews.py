"""Interviews over the documented socket, without a model: from an answer to the next question, and many in one moment.

    python -m bench.interviews [--interviews 500] [--paced 20] [--rounds 2]

*Paced*: so many candidates at a time, each of whom thinks for about half a second; the time runs from sending an answer to the next
frame. *At once*: all connect and answer as fast as they are asked; afterwards every answer has to be stored once, in order.
Both against a bare uvicorn WebSocket that commits twice an answer: what was said with where the interview is, and what is
asked next.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop

from bench import lab
from besedka.core.db.embedded import Embedded
from besedka.products.hiring.service import candidates, responses, vacancies
from besedka.products.hiring.types import Person, Terms
from tests.factories import make_workspace

AIM_MS = 50.0
LOST_AIM = 0
THINKS = 0.5
ANSWERS = ("Москва", "6 лет Python и PostgreSQL", "Да, готов работать удалённо")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def bare(dsn: str) -> App:
    """Return the least that a durable interview is; the socket names it in its path."""
    pool: asyncpg.Pool | None = None

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        nonlocal pool
        if scope["type"] == "lifespan":
            await receive()
            pool = await asyncpg.create_pool(dsn, min_size=1, max_size=8)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        assert pool is not None
        interview = UUID(scope["path"].rsplit("/", 1)[1])
        await receive()
        await send({"type": "websocket.accept"})
        for at in range(len(ANSWERS) + 1):
            words = json.dumps({"type": "bot_message", "message": f"Question {at}?"})
            if at == len(ANSWERS):
                words = json.dumps({"type": "chat_ended", "approved": True})
            await pool.execute(
                "INSERT INTO bare_said (interview, at, by_bot, body) VALUES ($1, $2, true, $3)",
                interview, at, words,
            )  # fmt: skip
            await send({"type": "websocket.send", "text": words})
            event = await receive()
            if event["type"] != "websocket.receive":
                return
            await pool.execute(
                "WITH said AS (INSERT INTO bare_said (interview, at, by_bot, body) VALUES ($1, $2, false, $3))"
                " INSERT INTO bare_interview (id, at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET at = $2",
                interview, at, json.loads(event["text"])["message"],
            )  # fmt: skip

    return app


_BARE_TABLES = """
CREATE TABLE bare_said (interview uuid, at int, by_bot bool, body text, made timestamptz DEFAULT now(),
                        PRIMARY KEY (interview, at, by_bot));
CREATE TABLE bare_interview (id uuid PRIMARY KEY, at int)
"""


@dataclass
class Candidate:
    """Somebody who is interviewed; `times` are seconds from an answer to what comes next."""

    port: int
    response: str
    thinks: float = 0.0
    times: list[float] = field(default_factory=list)
    frames: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def go(self) -> None:
        """Answer to the end."""
        wire = await lab.open_wire(
            self.port,
            lambda _, frame: self.frames.put_nowait(frame),
            path=f"/ws/chat/{self.response}",
        )
        async with asyncio.timeout(120):
            await self.frames.get()
            for answer in ANSWERS:
                await asyncio.sleep(self.thinks * random.uniform(0.5, 1.5))
                began = time.perf_counter()
                wire.send(json.dumps({"message": answer}).encode())
                last = await self.frames.get()
                self.times.append(time.perf_counter() - began)
        assert b"chat_ended" in last, last
        assert wire.transport is not None
        wire.transport.close()


@dataclass
class Figures:
    """What came out of one way to ask."""

    times: list[float]
    cpu: float
    database: float

    def __str__(self) -> str:
        ordered = sorted(self.times)
        p50, p95 = (1e3 * ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
        count = len(ordered)
        return (
            f"p50 {p50:.1f} ms, p95 {p95:.1f} ms; CPU per answer {1e3 * self.cpu / count:.2f} ms,"
            f" PostgreSQL {1e3 * self.database / count:.2f} ms"
        )

    @property
    def whole(self) -> float:
        """CPU seconds of an answer, the database's too."""
        return (self.cpu + self.database) / len(self.times)


async def interviewed(
    server: lab.Server, postgres: Embedded, ids: list[str], thinks: float
) -> Figures:
    """Interview them all in one moment."""
    people = [Candidate(server.port, each, thinks) for each in ids]
    cpu, database = server.cpu, lab.postgres_cpu(postgres)
    await asyncio.gather(*(each.go() for each in people))
    times = [each for person in people for each in person.times]
    return Figures(times, server.cpu - cpu, lab.postgres_cpu(postgres) - database)


async def furnish(dsn: str, folder: str, count: int) -> list[str]:
    """Publish a vacancy and let so many apply."""
    made = []
    async with lab.product(dsn, folder) as runtime:
        firm = await make_workspace(runtime)
        async with runtime.db.fast.transaction(firm.id) as conn:
            offer = await vacancies.create(
                conn,
                Terms(title="Developer", description="Python", location="Moscow", language="ru"),
                by=firm.owner.actor_id,
            )
        for number in range(count):
            person = Person(full_name=f"Candidate {number}", email=f"c{number}@example.com")
            who, _ = await candidates.register(runtime, person)
            made.append(str((await responses.apply(runtime, offer.id, who.id)).response.id))
    plain = await asyncpg.connect(dsn)
    await plain.execute(_BARE_TABLES)
    await plain.execute("VACUUM ANALYZE")
    await plain.close()
    return made


async def lost(dsn: str, ids: list[str]) -> int:
    """Return how many interviews do not have every answer once, in order."""
    plain = await asyncpg.connect(dsn)
    rows = await plain.fetch(
        "SELECT r.id, r.status, array_agg(a.body ORDER BY a.seq) AS said FROM candidate_response r"
        " LEFT JOIN interview_answer a ON a.workspace_id = r.workspace_id AND a.response_id = r.id"
        " WHERE r.id = ANY($1::uuid[]) GROUP BY r.id, r.status",
        ids,
    )
    await plain.close()
    whole = [row for row in rows if row["status"] == "review" and tuple(row["said"]) == ANSWERS]
    return len(ids) - len(whole)


async def measure(ours: lab.Server, plain: lab.Server, postgres: Embedded, ids: list[str], options: argparse.Namespace) -> None:  # fmt: skip
    """Interview some at a time, then all others at once, at both places."""
    paced = options.paced
    for number in range(options.rounds + 1):
        some = [ids.pop() for _ in range(paced)]
        found = await interviewed(ours, postgres, some, THINKS)
        least = await interviewed(plain, postgres, [str(uuid4()) for _ in some], THINKS)
        if number:
            print(f"{paced} paced: {found} (aim: p95 ≤ {AIM_MS:.0f} ms); bare: {least}")
    found = await interviewed(ours, postgres, ids, 0)
    least = await interviewed(plain, postgres, [str(uuid4()) for _ in ids], 0)
    gone = await lost(postgres.dsn.plain, ids)
    print(
        f"{len(ids)} at once: {found}; bare: {least}; CPU {found.whole / least.whole:.1f}× of bare;"
        f" {gone} lost or doubled (aim: {LOST_AIM})"
    )


def main() -> None:
    """Run the benchmark, or one of its servers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--interviews", type=int, default=500)
    parser.add_argument("--paced", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--profile", default="")
    options = lab.arguments(parser)
    if options.serve:
        app = bare(options.dsn) if options.serve == "bare" else lab.ours(options.dsn, options.data)
        lab.serve_forever(app, options.port, options.profile_file)
        return
    with lab.database() as postgres, tempfile.TemporaryDirectory() as folder:
        dsn = postgres.dsn.plain
        count = options.interviews + options.paced * (options.rounds + 1)
        ids = uvloop.run(furnish(dsn, folder, count))
        with (
            lab.started("bench.interviews", "ours", dsn=dsn, data_dir=folder, profile=options.profile) as ours,
            lab.started("bench.interviews", "bare", dsn=dsn, data_dir=folder) as plain,
        ):  # fmt: skip
            uvloop.run(measure(ours, plain, postgres, ids, options))


if __name__ == "__main__":
    main()
