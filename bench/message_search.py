"""Searching in the messages of one workspace: p50 and p95 per case, against a bare query of the same index.

    python -m bench.message_search [--messages 1000000] [--rounds 20] [--keep FOLDER]

The messages are made by SQL: 60 % in 20,000 dialogs, each busy in a time of its own, the others in 500 groups of very
different sizes. Their words follow Zipf's law. The bare query is what a page costs without rights, filters and marks:
`words @@ query ORDER BY id DESC LIMIT 50`. With FOLDER the database stays there for the next run.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import uvloop

from bench import lab
from bench.ingest import Writer
from besedka.core.db.embedded import Embedded
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.repository.words import words_of
from besedka.kernel.conversations.types import STAFF_READS
from tests.factories import MadeWorkspace, make_person, make_workspace

AIM_MS = 50.0
BODIES, GROUPS, DIALOGS = 20_000, 500, 20_000
SECONDS_APART = 30
RARE, ABSENT = "редкостнослово", "ненайдётся"

_CHATS = """
INSERT INTO conversation (workspace_id, id, kind, title, state)
SELECT $1, gen_random_uuid(), CASE WHEN n <= $2::int THEN 'group' ELSE 'dialog' END, 'chat ' || n,
       CASE WHEN n > $2::int THEN 'resolved' END
FROM generate_series(1, $2::int + $3::int) n
"""
# A dialog is busy for a while, then never again; group n gets messages as 1/n.
_MESSAGES = f"""
WITH chats AS MATERIALIZED (
  SELECT id, kind, row_number() OVER (PARTITION BY kind ORDER BY substr(title, 6)::int) AS place
  FROM conversation WHERE workspace_id = $1
), made AS MATERIALIZED (
  SELECT n, now() - make_interval(secs => ($3::int - n) * {SECONDS_APART}) AS at,
         CASE WHEN random() < 0.6 THEN 'dialog' ELSE 'group' END AS kind, random() AS luck,
         1 + floor(random() * $4::int)::int AS body
  FROM generate_series($5::int, $6::int) n
), placed AS MATERIALIZED (
  SELECT n, at, body, made.kind, CASE WHEN made.kind = 'dialog'
    THEN least({DIALOGS}, 1 + floor((n + luck * 200) * {DIALOGS} / $3::int)::int)
    ELSE floor({GROUPS} ^ luck)::int END AS place FROM made
), rows AS MATERIALIZED (
  SELECT c.id AS chat, c.kind, n AS seq, at, b.words,
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
          || 'a' || left(md5(n::text), 15))::uuid AS id
  FROM placed p JOIN chats c ON c.kind = p.kind AND c.place = p.place JOIN bench_body b ON b.id = p.body
), m AS (
  INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body, created_at)
  SELECT $1, chat, seq, id, seq, $2, seq::text, words, at FROM rows
)
INSERT INTO message_ref (workspace_id, id, conversation_id, seq, words)
SELECT $1, id, chat, seq, {
    words_of(workspace="$1", chat="chat", chat_kind="rows.kind", sender="$2::uuid", kind="'text'", body="rows.words")
} FROM rows ORDER BY id
"""  # fmt: skip
_JOIN = """
INSERT INTO participant (workspace_id, conversation_id, actor_id, role)
SELECT workspace_id, id, $2, 'member' FROM conversation
WHERE workspace_id = $1 AND kind = 'group' AND substr(title, 6)::int = ANY($3::int[])
"""
_BARE = "SELECT id FROM message_ref WHERE words @@ $1::text::tsquery ORDER BY id DESC LIMIT 50"


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who searches: what they may read, and whether all dialogs too."""

    actor_id: ActorId
    staff: bool

    def may(self, permission: str) -> bool:
        """Whether they have a permission."""
        return self.staff and permission == STAFF_READS


@dataclass(frozen=True, slots=True)
class Built:
    """The workspace and those who search in it."""

    workspace: WorkspaceId
    askers: dict[str, Asker]
    words: dict[str, str]


async def build(runtime: Runtime, dsn: str, messages: int) -> Built:
    """Fill a workspace."""
    made = await make_workspace(runtime, name="Searched")
    askers = await _askers(runtime, made)
    bodies, words = _bodies()
    conn = await asyncpg.connect(dsn)
    await conn.execute("SET synchronous_commit = off")
    await conn.execute(
        "CREATE TABLE IF NOT EXISTS bench_body (id int PRIMARY KEY, words text); TRUNCATE bench_body"
    )
    await conn.copy_records_to_table("bench_body", records=list(enumerate(bodies, 1)))
    await conn.execute(_CHATS, made.id, GROUPS, DIALOGS)
    for first in range(1, messages + 1, 50_000):
        last = min(first + 49_999, messages)
        await conn.execute(
            _MESSAGES, made.id, made.owner.actor_id, messages, BODIES, first, last, timeout=None
        )
    await conn.execute(
        "UPDATE conversation c SET last_seq = m.last FROM (SELECT conversation_id, max(seq) AS last FROM message"
        " WHERE workspace_id = $1 GROUP BY 1) m WHERE c.workspace_id = $1 AND c.id = m.conversation_id",
        made.id, timeout=None,
    )  # fmt: skip
    groups = {"few quiet chats": [480, 490, 500], "300 chats": list(range(101, 401))}
    for name, places in groups.items():
        await conn.execute(_JOIN, made.id, askers[name].actor_id, places)
    await conn.execute("VACUUM ANALYZE message_ref", timeout=None)
    await conn.execute("ANALYZE")
    await conn.close()
    return Built(made.id, askers, words)


async def _askers(runtime: Runtime, made: MadeWorkspace) -> dict[str, Asker]:
    few = await make_person(runtime, made, role=Role.MEMBER)
    many = await make_person(runtime, made, role=Role.MEMBER)
    return {
        "operator": Asker(made.owner.actor_id, staff=True),
        "few quiet chats": Asker(few.actor_id, staff=False),
        "300 chats": Asker(many.actor_id, staff=False),
    }


def _bodies() -> tuple[list[str], dict[str, str]]:
    """Return what people wrote, and words of it: in every third message, in every hundredth, in fifty of a million."""
    writer, rng = Writer(), random.Random(1)
    sentences = [each for _ in range(30) for each in writer.text().replace("\n", " ").split(". ")]
    bodies = [rng.choice(sentences) for _ in range(BODIES)]
    bodies = [
        f"{body}{' заказ' if rng.random() < 0.3 else ''}{' оплата' if rng.random() < 0.2 else ''}"
        f"{' гарантия' if rng.random() < 0.01 else ''}"
        for body in bodies
    ]
    bodies[0] = f"{bodies[0]} {RARE}"
    words = {
        "frequent": "заказы", "two frequent": "заказ оплаты", "middle": "гарантии", "rare": RARE,
        "absent": ABSENT, "beginning": "зака", "phrase": '"заказ оплата"', "rare phrase": f'"оплата {RARE}"',
    }  # fmt: skip
    return bodies, words


@asynccontextmanager
async def filled(dsn: str, data_dir: str, messages: int) -> AsyncIterator[tuple[Runtime, Built]]:
    """Open the product with a workspace that is there already, or is made."""
    async with lab.product(dsn, data_dir) as runtime:
        async with runtime.db.system.acquire() as conn:
            rows = await conn.fetch(
                "SELECT a.workspace_id, a.id, (SELECT count(*) FROM participant p WHERE p.actor_id = a.id) AS chats"
                " FROM actor a JOIN membership m ON m.actor_id = a.id ORDER BY chats"
            )
        if rows:
            who = [Asker(row["id"], staff=not place) for place, row in enumerate(rows)]
            names = ("operator", "few quiet chats", "300 chats")
            yield (
                runtime,
                Built(rows[0]["workspace_id"], dict(zip(names, who, strict=True)), _bodies()[1]),
            )
        else:
            began = time.perf_counter()
            built = await build(runtime, dsn, messages)
            print(f"{messages} messages made in {time.perf_counter() - began:.0f} s")
            yield runtime, built


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of a search: p50 and p95 on the clock, CPU time of both processes; and how much was found."""

    p50: float
    p95: float
    cpu: float
    found: int


async def timed(call: Callable[[], Awaitable[int]], postgres: Embedded, rounds: int) -> Timed:
    """Search some times."""
    found, took = await call(), []
    cpu = lab.postgres_cpu(postgres) + time.process_time()
    for _ in range(rounds):
        began = time.perf_counter()
        found = await call()
        took.append((time.perf_counter() - began) * 1000)
    cpu = (lab.postgres_cpu(postgres) + time.process_time() - cpu) / rounds * 1000
    late = sorted(took)[int(len(took) * 0.95) - 1]
    return Timed(statistics.median(took), late, cpu, found)


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Search in every way."""
    dsn = postgres.dsn.plain
    async with filled(dsn, data_dir, options.messages) as (runtime, built):
        worst, bare = 0.0, await _bare(runtime, built, postgres, options.rounds)
        for name, asker in built.askers.items():
            for kind, text in built.words.items():

                async def call(asker: Asker = asker, text: str = text) -> int:
                    wanted = service.Search(text=text)
                    results = await service.search_messages(runtime, built.workspace, asker, wanted)
                    service.found_bytes(results.found)
                    return len(results.found)

                cost = await timed(call, postgres, options.rounds)
                worst = max(worst, cost.p95)
                ratio = f", {cost.p50 / bare[kind]:.2f}× of bare" if kind in bare else ""
                print(
                    f"{name:>16}, {kind:<13} p50 {cost.p50:6.1f} ms, p95 {cost.p95:6.1f} ms,"
                    f" CPU {cost.cpu:5.1f} ms, {cost.found} found{ratio}"
                )
        print(f"worst p95: {worst:.1f} ms (aim ≤ {AIM_MS:.0f})")


async def _bare(
    runtime: Runtime, built: Built, postgres: Embedded, rounds: int
) -> dict[str, float]:
    salt, took = str(built.workspace)[-4:], {}
    async with runtime.db.system.acquire() as conn:
        for kind in ("frequent", "middle", "rare", "absent"):
            lexeme = await conn.fetchval(
                "SELECT (tsvector_to_array(to_tsvector('russian', translate($1, 'ё', 'е'))))[1]",
                built.words[kind],
            )

            async def call(query: str = f"'{salt}{lexeme}'") -> int:
                return len(await conn.fetch(_BARE, query))

            cost = await timed(call, postgres, rounds)
            took[kind] = cost.p50
            print(f"            bare, {kind:<13} p50 {cost.p50:6.1f} ms, CPU {cost.cpu:5.1f} ms")
    return took


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--keep", default="")
    options = parser.parse_args()
    with lab.database(options.keep) as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
