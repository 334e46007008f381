"""What the database itself refuses, whatever the code says."""

import asyncpg
import pytest

from besedka.core.db.connection import APP_ROLE, SYSTEM_ROLE
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from tests.kernel.ledger.purse import Purse, make_purse

HISTORY = ("ledger_transaction", "ledger_entry")


async def as_owner(purse: Purse, statement: str) -> str:
    """Run a statement with all rights, and return what the database says."""
    conn = await asyncpg.connect(purse.runtime.db.dsn.plain)
    try:
        return str(await conn.execute(statement))
    except asyncpg.PostgresError as error:
        return str(error)
    finally:
        await conn.close()


@pytest.mark.parametrize("table", HISTORY)
async def test_history_is_not_changed_by_anybody(runtime: Runtime, table: str) -> None:
    purse = await make_purse(runtime, 1000)
    for statement in (
        f"UPDATE {table} SET amount = amount + 1 WHERE workspace_id = '{purse.id}'",
        f"DELETE FROM {table} WHERE workspace_id = '{purse.id}'",
        f"TRUNCATE {table} CASCADE",
    ):
        assert "append-only" in await as_owner(purse, statement)
    assert (await purse.balance()).balance == 1000


async def test_roles_may_only_add_to_history(runtime: Runtime) -> None:
    async with runtime.db.system.acquire() as conn:
        for role in (APP_ROLE, SYSTEM_ROLE):
            for table in HISTORY:
                allowed = [
                    right
                    for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
                    if await conn.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, right)
                ]  # fmt: skip
                assert allowed == ["SELECT", "INSERT"], (role, table)


async def book(purse: Purse, *, wallet: int, other: int) -> None:
    """Write a transaction of 5 with these entries, as no code of ours would."""
    made = new_id()
    async with purse.runtime.db.fast.transaction(purse.id) as conn:
        await conn.execute(
            "INSERT INTO ledger_transaction (workspace_id, id, kind, amount, key) VALUES ($1, $2, 'deposit', 5, 'x')",
            purse.id, made,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO ledger_entry (workspace_id, transaction_id, account_id, amount)"
            " SELECT $1, $2, id, CASE kind WHEN 'wallet' THEN $3::bigint ELSE $4::bigint END FROM ledger_account"
            " WHERE workspace_id = $1 AND ((kind = 'wallet' AND $3 <> 0) OR (kind = 'deposits' AND $4 <> 0))",
            purse.id, made, wallet, other,
        )  # fmt: skip


@pytest.mark.parametrize(("wallet", "other"), [(5, -4), (5, 0), (0, -5), (4, -4), (0, 0)])
async def test_entries_that_do_not_sum_to_zero_are_refused_at_the_commit(
    runtime: Runtime, wallet: int, other: int
) -> None:
    purse = await make_purse(runtime, 1000)
    with pytest.raises(asyncpg.CheckViolationError, match="sum to zero"):
        await book(purse, wallet=wallet, other=other)
    assert len(await purse.transactions()) == 1


async def test_entries_cannot_be_added_to_an_old_transaction(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    (old,) = await purse.transactions()
    with pytest.raises(asyncpg.CheckViolationError, match="sum to zero"):
        async with runtime.db.fast.acquire(purse.id) as conn:
            await conn.execute(
                "INSERT INTO ledger_entry (workspace_id, transaction_id, account_id, amount)"
                " SELECT $1, $2, id, 5 FROM ledger_account WHERE workspace_id = $1 AND kind = 'grants'",
                purse.id, old.id,
            )  # fmt: skip


@pytest.mark.parametrize("change", ["balance = -1", "held = balance + 1", "held = -1"])
async def test_wallet_below_zero_is_refused(runtime: Runtime, change: str) -> None:
    purse = await make_purse(runtime, 1000)
    async with runtime.db.fast.acquire(purse.id) as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute(
                f"UPDATE ledger_account SET {change} WHERE workspace_id = $1 AND kind = 'wallet'",
                purse.id,
            )
