"""The figures of a workspace with 100,000 dialogs over a year, counted from their rows when somebody looks.

    python -m bench.analytics [--dialogs 100000] [--rounds 5]

For each period: CPU of PostgreSQL and of this process for the whole overview (ten statements and those of the period
before), for operators and ratings, and for the list of what is due, against a bare count of the same rounds.
CPU is compared because other load on the machine blurs it little.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

from bench import lab
from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.db.embedded import Embedded
from besedka.kernel.answers import service as answers
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Period, ScheduleDraft
from besedka.kernel.promises import service as promises
from besedka.products.analytics import service
from tests.factories import make_workspace

AIM_MS = 1000.0
"""CPU of a whole overview of a year."""
_DIALOGS = """
WITH made AS (
  INSERT INTO conversation (workspace_id, id, kind, state, created_at)
  SELECT $1, uuidv7(-($2 - n) * interval '365 days' / $2), 'dialog', CASE WHEN n % 20 = 0 THEN 'open' ELSE 'resolved' END,
         now() - ($2 - n) * interval '365 days' / $2
  FROM generate_series(1, $2::int) n RETURNING id, state, created_at
)
INSERT INTO dialog_round (workspace_id, conversation_id, number, state, started_at, assistant_id, handed_at, replied_at,
                          replied_by, resolved_at, handler_id)
SELECT $1, id, 1, state, created_at, $3, CASE WHEN people THEN created_at + interval '2 minutes' END,
       CASE WHEN people THEN created_at + interval '2 minutes' + random() * interval '1 hour' END,
       CASE WHEN people THEN $4::uuid END,
       CASE WHEN state = 'resolved' THEN created_at + random() * interval '1 day' END,
       CASE WHEN people THEN $4::uuid ELSE $3 END
FROM (SELECT *, state = 'open' OR random() < 0.3 AS people FROM made) d
"""
_REST = (
    "INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body, created_at)"
    " SELECT $1, conversation_id, n, uuidv7(), n, $2, n::text, 'Сколько стоит ' || (ARRAY['доставка','гарантия','возврат',"
    "'ремонт'])[1 + (random() * 3)::int] || ' номер ' || (random() * 500)::int, started_at"
    " FROM dialog_round, generate_series(1, 3) n WHERE workspace_id = $1",
    "INSERT INTO reply_run (workspace_id, id, conversation_id, question_seq, assistant_id, epoch, state, mode, created_at)"
    " SELECT $1, uuidv7(created_at - now()), conversation_id, seq, $2, 0, 'done',"
    " CASE WHEN random() < 0.1 THEN 'unknown' ELSE 'extractive' END, created_at FROM message WHERE workspace_id = $1",
    "INSERT INTO dialog_reply SELECT $1, conversation_id, n, 1, $2, replied_at, 60, n = 9 FROM dialog_round,"
    " generate_series(9, 11) n WHERE workspace_id = $1 AND replied_at IS NOT NULL",
    "INSERT INTO dialog_rating (workspace_id, conversation_id, number, score, comment, handler_id, created_at, changed_at)"
    " SELECT $1, conversation_id, 1, 1 + (random() * 4)::int, '', $2, resolved_at, resolved_at FROM dialog_round"
    " WHERE workspace_id = $1 AND resolved_at IS NOT NULL AND random() < 0.2",
    "INSERT INTO llm_run (workspace_id, id, purpose, provider, model, state, cost_micro, currency, created_at)"
    " SELECT $1, uuidv7(), 'answer', 'x', 'x', 'done', 100, 'USD', created_at FROM reply_run"
    " WHERE workspace_id = $1 AND assistant_id = $2",
    "INSERT INTO dialog_clock SELECT $1, conversation_id, $2, '{}', now() + random() * interval '1 day', 'first', now(), NULL"
    " FROM dialog_round WHERE workspace_id = $1 AND state = 'open'",
)
_BARE = "SELECT count(*) FROM dialog_round WHERE workspace_id = $1 AND started_at >= $2 AND started_at < $3"

Ask = Callable[[], Awaitable[object]]


async def spend(postgres: Embedded, asked: Ask, rounds: int) -> tuple[float, float]:
    """Ask again and again; returns milliseconds of CPU in PostgreSQL and here."""
    await asked()
    own, database = time.process_time(), lab.postgres_cpu(postgres)
    for _ in range(rounds):
        await asked()
    own, database = time.process_time() - own, lab.postgres_cpu(postgres) - database
    return database / rounds * 1e3, own / rounds * 1e3


def asks(conn: TenantConn, period: Period) -> dict[str, Ask]:
    """Return what is measured of a period."""
    return {
        "bare count": lambda: conn.fetchval(_BARE, conn.workspace, period.start, period.end),
        "overview": lambda: service.overview(conn, period),
        "operators": lambda: service.operators(conn, period),
        "ratings": lambda: service.ratings(conn, period),
        "due, 50 rows": lambda: promises.list_due(conn),
    }


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> bool:
    """Fill a workspace and look at periods of it; returns whether the aim was met."""
    plain = await asyncpg.connect(postgres.dsn.plain)
    async with lab.product(postgres.dsn.plain, data_dir) as runtime:
        workspace = await make_workspace(runtime)
        owner = workspace.owner.actor_id
        async with runtime.db.fast.transaction(workspace.id) as conn:
            who = await answers.create_assistant(conn, name="Helper", author=None, locale="ru")
            draft = ScheduleDraft(name="Office", zone="Europe/Moscow")
            await hours.create_schedule(conn, draft, by=owner)
        await plain.execute(_DIALOGS, workspace.id, options.dialogs, who.id, owner, timeout=900)
        for statement, actor in zip(
            _REST, (owner, who.id, owner, owner, who.id, owner), strict=True
        ):
            await plain.execute(statement, workspace.id, actor, timeout=900)
        await plain.execute("VACUUM ANALYZE", timeout=900)
        worst = 0.0
        today = (now() + timedelta(hours=3)).date()
        for days in (7, 30, 365):
            period = Period.lasting(days, until=today, zone="Europe/Moscow")
            async with runtime.db.fast.acquire(workspace.id) as conn:
                for name, asked in asks(conn, period).items():
                    database, own = await spend(postgres, asked, options.rounds)
                    print(
                        f"{days:>3} days, {name:<13} CPU {database:8.1f} ms in PostgreSQL, {own:6.1f} ms here"
                    )
                    worst = max(worst, database) if name == "overview" else worst
    await plain.close()
    print(f"aim: a year's overview within {AIM_MS:.0f} ms of CPU in PostgreSQL: {worst:.0f}")
    return worst <= AIM_MS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="besedka-bench-") as data_dir,
        lab.database() as postgres,
    ):
        met = asyncio.run(measure(options, postgres, data_dir))
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
