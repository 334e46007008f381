"""Hold and capture, against two bare statements that do the unavoidable updates on the same tables.

Both sides commit each statement by itself, on one connection, with the same sums; the bare side knows its ids beforehand, checks
nothing and cannot be repeated. CPU is that of this process and of PostgreSQL together.

Run: python -m bench.ledger
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable

import asyncpg

from bench import lab
from besedka.core.db.embedded import Embedded
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.ledger import service
from besedka.kernel.ledger.types import MICRO, Currency, Line, Usage

AIM = 1.5
USED = Usage(why="bench", lines=(Line(unit="token", quantity=60, price=MICRO),))

HOLD = (
    "WITH taken AS (UPDATE ledger_account SET held = held + 100 WHERE workspace_id = $1 AND id = $2)"
    " INSERT INTO ledger_hold (workspace_id, id, account_id, amount, key, purpose, expires_at)"
    " VALUES ($1, $3, $2, 100, $4, 'bench', now() + interval '5 minutes')"
)
CAPTURE = (
    "WITH ended AS (UPDATE ledger_hold SET state = 'captured', ended_at = now()"
    " WHERE workspace_id = $1 AND id = $3),"
    " moved AS (UPDATE ledger_account SET balance = balance - 60, held = held - 100"
    " WHERE workspace_id = $1 AND id = $2),"
    " made AS (INSERT INTO ledger_transaction (workspace_id, id, kind, amount, key, meta)"
    " VALUES ($1, $4, 'usage', -60, $5, $6))"
    " INSERT INTO ledger_entry (workspace_id, transaction_id, account_id, amount)"
    " VALUES ($1, $4, $2, -60), ($1, $4, $7, 60)"
)

Turn = Callable[[int], Awaitable[None]]


async def _place(runtime: Runtime) -> WorkspaceId:
    """Make a company with a billion."""
    async with runtime.db.fast.transaction(accounts.new_workspace_id()) as conn:
        await accounts.found_unowned(conn, name="Bench")
        await service.deposit(
            conn, service.Received(amount=10**12, currency=Currency.USD, key="bench")
        )
        return conn.workspace


def _ours(runtime: Runtime, workspace: WorkspaceId) -> Turn:
    async def turn(number: int) -> None:
        async with runtime.db.fast.acquire(workspace) as conn:
            held = await service.hold(conn, 100, key=f"ours {number}", purpose="bench")
        async with runtime.db.fast.acquire(workspace) as conn:
            await service.capture(conn, held.id, usage=USED)

    return turn


async def _bare(runtime: Runtime, conn: asyncpg.Connection, workspace: WorkspaceId) -> Turn:
    async with runtime.db.fast.acquire(workspace) as tenant:
        rows = await tenant.fetch(
            "SELECT kind, id FROM ledger_account WHERE workspace_id = $1", workspace
        )
    ids = {row["kind"]: row["id"] for row in rows}
    meta = '{"why": "bench"}'

    async def turn(number: int) -> None:
        held, made = new_id(), new_id()
        await conn.execute(HOLD, workspace, ids["wallet"], held, f"bare {number}")
        await conn.execute(
            CAPTURE, workspace, ids["wallet"], held, made, f"bare {number}", meta, ids["revenue"]
        )

    return turn


async def _timed(server: Embedded, turn: Turn, *, first: int, count: int) -> tuple[float, float]:
    """Return wall and CPU seconds per turn."""
    cpu, wall = time.process_time() + lab.postgres_cpu(server), time.perf_counter()
    for number in range(first, first + count):
        await turn(number)
    wall = time.perf_counter() - wall
    return wall / count, (time.process_time() + lab.postgres_cpu(server) - cpu) / count


async def measure(server: Embedded, data_dir: str, *, rounds: int, count: int) -> None:
    """Take turns, keep the median of each side, and print."""
    async with lab.product(server.dsn.plain, data_dir) as runtime:
        conn = await asyncpg.connect(server.dsn.plain)
        turns = {
            "bare": await _bare(runtime, conn, await _place(runtime)),
            "ours": _ours(runtime, await _place(runtime)),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
        for number in range(rounds):
            for name, turn in turns.items():
                taken[name].append(await _timed(server, turn, first=number * count, count=count))
        await conn.close()
    middle = {
        name: tuple(statistics.median(each) for each in zip(*rows, strict=True))
        for name, rows in taken.items()
    }
    for name, (wall, cpu) in middle.items():
        print(f"{name}: hold and capture {wall * 1e6:,.0f} µs, CPU {cpu * 1e6:,.0f} µs")
    wall, cpu = (middle["ours"][n] / middle["bare"][n] for n in range(2))
    print(f"ratio of CPU {cpu:.2f} (aim: at most {AIM}), of time {wall:.2f}")


def main() -> None:
    """Measure on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    with lab.database() as server, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(server, folder, rounds=given.rounds, count=given.count))


if __name__ == "__main__":
    main()
