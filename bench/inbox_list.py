"""The inbox's list among 10,000 open dialogs, by filter and order, in SQL alone; and what a post costs beside the new columns.

Each case is the product's own statement, against one bare query that sorts the same rows and joins nothing.

    python -m bench.inbox_list [--dialogs 10000] [--rounds 100]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import asyncpg
import uvloop

from bench import lab
from besedka.core.clock import now as clock_now
from besedka.core.db.connection import TenantConn
from besedka.core.db.embedded import Embedded
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import (
    ConversationId,
    DialogCursor,
    DialogFilter,
    DialogSort,
    Post,
    Priority,
)
from tests.factories import make_workspace

AIM = 30.0
ROWS = 50

# One in eleven is resolved; a third each is the asker's, waits in the queue of a team, waits for nobody.
_FILL = """
WITH made AS (
  SELECT uuidv7() AS id, uuidv7() AS contact, n, now() - random() * interval '9 days' AS since FROM generate_series(1, $3::int) AS n
), actors AS (
  INSERT INTO actor (workspace_id, id, kind, name) SELECT $1, contact, 'contact', 'Visitor ' || n FROM made
), contacts AS (
  INSERT INTO contact (workspace_id, id, name, email)
  SELECT $1, contact, 'Visitor ' || n, 'visitor' || n || '@example.com' FROM made
), chats AS (
  INSERT INTO conversation (workspace_id, id, kind, state, assignee_id, team_id, priority, waiting_since, last_message_at, listed_at,
                            last_seq, last_public_seq, mod, preview, public_preview, meta)
  SELECT $1, id, 'dialog', CASE WHEN n % 11 = 0 THEN 'resolved' ELSE 'open' END,
         CASE WHEN n % 3 = 0 THEN $2::uuid END, CASE WHEN n % 3 = 1 THEN $4::uuid END, n * 7 % 4,
         CASE WHEN n % 3 <> 2 THEN now() - random() * interval '3 days' END, since, CASE WHEN n % 11 = 0 THEN since END,
         5, 5, 9, repeat('What does it cost? ', 6), repeat('What does it cost? ', 6),
         jsonb_build_object('channel', CASE WHEN n % 4 = 0 THEN 'telegram' ELSE 'widget' END, 'locale', 'en',
                            'page', 'https://shop.example/catalogue/' || n)
  FROM made
)
INSERT INTO participant (workspace_id, conversation_id, actor_id, role) SELECT $1, id, contact, 'contact' FROM made
"""
_LABEL = """
INSERT INTO conversation_label (workspace_id, conversation_id, label_id)
SELECT workspace_id, id, $2 FROM conversation WHERE workspace_id = $1 AND priority = 2
"""
_BARE = """
SELECT id, state, last_message_at, preview FROM conversation WHERE workspace_id = $1 AND kind = 'dialog' AND state = 'open'
ORDER BY last_message_at DESC LIMIT 50
"""

Ask = Callable[[], Awaitable[object]]


async def clock(postgres: Embedded, asked: Ask, rounds: int) -> tuple[float, float, float]:
    """Return p50 and p95 of asking, and PostgreSQL's CPU for one, in milliseconds."""
    for _ in range(5):
        await asked()
    taken, used = [], lab.postgres_cpu(postgres)
    for _ in range(rounds):
        started = time.perf_counter()
        await asked()
        taken.append((time.perf_counter() - started) * 1e3)
    used = lab.postgres_cpu(postgres) - used
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], used / rounds * 1e3


def cases(me: ActorId, team: UUID, label: UUID) -> Mapping[str, DialogFilter]:
    """Return what is listed."""
    opened = ("open",)
    some = DialogCursor(clock_now() - timedelta(days=4), ConversationId(new_id()))
    return {
        "all, newest": DialogFilter(states=opened),
        "a later page": DialogFilter(states=opened, before=some),
        "waiting longest": DialogFilter(states=opened, sort=DialogSort.WAITING),
        "most urgent": DialogFilter(states=opened, sort=DialogSort.PRIORITY),
        "mine": DialogFilter(states=opened, assignee=me),
        "unassigned": DialogFilter(states=opened, unassigned=True, sort=DialogSort.WAITING),
        "a team's": DialogFilter(states=opened, team=team, sort=DialogSort.PRIORITY),
        "a label's": DialogFilter(states=opened, label=label),
        "urgent, of a channel": DialogFilter(
            states=opened, priority=Priority.URGENT, channel="telegram"
        ),
        "about to be missed": DialogFilter(states=opened, sort=DialogSort.DUE),
        "resolved": DialogFilter(states=("resolved",)),
    }


async def fill(
    plain: asyncpg.Connection, workspace: UUID, me: ActorId, count: int
) -> tuple[UUID, UUID]:
    """Make the dialogs; return a team and a label of some."""
    team, label = new_id(), new_id()
    await plain.execute(
        "INSERT INTO team (workspace_id, id, name) VALUES ($1, $2, 'Repairs')", workspace, team
    )
    await plain.execute(
        "INSERT INTO label (workspace_id, id, name, colour) VALUES ($1, $2, 'Sale', '#112233')",
        workspace,
        label,
    )
    await plain.execute(_FILL, workspace, me, count, team, timeout=300)
    await plain.execute(_LABEL, workspace, label)
    await plain.execute("VACUUM ANALYZE", timeout=300)
    return team, label


async def updates(plain: asyncpg.Connection) -> tuple[int, int]:
    """Return how many updates of conversations there were, and how many touched no index."""
    await plain.execute("SELECT pg_stat_force_next_flush()")
    row = await plain.fetchrow(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'conversation'"
    )
    return row[0], row[1]


async def post(runtime: Runtime, workspace: UUID, plain: asyncpg.Connection, *, count: int) -> None:
    """Let visitors write, and say how many posts left all indexes alone."""
    rows = await plain.fetch(
        "SELECT p.conversation_id, p.actor_id FROM participant p JOIN conversation c ON c.id = p.conversation_id"
        " WHERE p.workspace_id = $1 AND c.state = 'open' LIMIT $2",
        workspace,
        count,
    )
    before = await updates(plain)
    for row in rows:
        await service.post(
            runtime,
            Post(
                workspace_id=WorkspaceId(workspace), conversation_id=ConversationId(row["conversation_id"]),
                sender_id=ActorId(row["actor_id"]), client_key="1", body="What does it cost?",
            ),
        )  # fmt: skip
    after = await updates(plain)
    print(
        f"posts: {len(rows)}; updates of the dialogs: {after[0] - before[0]}, of these heap-only: {after[1] - before[1]}"
    )


async def ask_all(
    postgres: Embedded, conn: TenantConn, wanted: Mapping[str, DialogFilter], rounds: int
) -> None:
    """Ask for each case, and print it."""

    async def bare() -> object:
        return await conn.fetch(_BARE, conn.workspace)

    least, worst, cpu = await clock(postgres, bare, rounds)
    print(f"bare: p50 {least:.1f} ms, p95 {worst:.1f} ms, CPU {cpu:.1f} ms")
    for name, each in wanted.items():

        async def asked(each: DialogFilter = each) -> object:
            return await service.find_dialogs(conn, each, limit=ROWS)

        p50, p95, used = await clock(postgres, asked, rounds)
        print(
            f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms (aim: ≤ {AIM:.0f}), CPU {used:.1f} ms, {used / cpu:.1f} × bare"
        )


async def measure(options: argparse.Namespace, postgres: Embedded, data_dir: str) -> None:
    """Fill the tables, then ask."""
    dsn = postgres.dsn.plain
    plain = await asyncpg.connect(dsn)
    async with lab.product(dsn, data_dir) as runtime:
        made = await make_workspace(runtime)
        me = made.owner.actor_id
        team, label = await fill(plain, made.id, me, options.dialogs * 11 // 10)
        async with runtime.db.fast.acquire(made.id) as conn:
            await ask_all(postgres, conn, cases(me, team, label), options.rounds)
        await post(runtime, made.id, plain, count=500)
    await plain.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    with lab.database() as postgres, tempfile.TemporaryDirectory() as data_dir:
        uvloop.run(measure(options, postgres, data_dir))


if __name__ == "__main__":
    main()
