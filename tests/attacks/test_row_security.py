"""Row security alone: the code's own filters are off here, and still nothing of another company is reached."""

from dataclasses import dataclass

import asyncpg
import httpx
import pytest
from sqlalchemy import Table

from besedka.core.db.connection import APP_ROLE, SYSTEM_ROLE, TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.migrations.metadata import METADATA
from tests.attacks.company import SECURED, Company, fingerprint, furnish

OPEN = {
    "job": "workers of all workspaces take from one queue; its services filter",
}
"""Tables with a `workspace_id` that stand outside row security, and why."""

HISTORY = {"ledger_transaction", "ledger_entry"}
"""Tables that the roles may only add to: changes are refused before a row is looked at."""
WALLS = ("row-level security", "permission denied")


@dataclass(frozen=True)
class Neighbours:
    """Two furnished companies."""

    runtime: Runtime
    ours: Company
    theirs: Company


@pytest.fixture
async def two(runtime: Runtime, client: httpx.AsyncClient) -> Neighbours:
    return Neighbours(runtime, await furnish(runtime, client), await furnish(runtime, client))


async def test_every_table_of_a_workspace_is_behind_the_wall(runtime: Runtime) -> None:
    async with runtime.db.system.acquire() as conn:
        tables = await conn.fetch(
            "SELECT c.relname AS name, c.relrowsecurity AS on,"
            " array(SELECT polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1) AS policies"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        )
    found = {row["name"]: (row["on"], row["policies"]) for row in tables}
    assert {name for name, (on, _) in found.items() if not on} == set(OPEN)
    assert set(found) - set(OPEN) == {table.name for table in SECURED}
    assert all(policies == ["everything", "tenant"] for on, policies in found.values() if on), found


async def test_nothing_in_the_schema_goes_around_the_wall(runtime: Runtime) -> None:
    async with runtime.db.system.acquire() as conn:
        views = await conn.fetch(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
            " AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)"
        )
        functions = await conn.fetch(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
        roles = await conn.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY($1)"
            " AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb)",
            [APP_ROLE, SYSTEM_ROLE],
        )
        owned = await conn.fetch(
            "SELECT relname FROM pg_class WHERE relowner IN"
            " (SELECT oid FROM pg_roles WHERE rolname = ANY($1))", [APP_ROLE, SYSTEM_ROLE],
        )  # fmt: skip
        ddl = await conn.fetchval(f"SELECT has_schema_privilege('{APP_ROLE}', 'public', 'CREATE')")
    assert [*views, *functions, *roles, *owned] == []
    assert ddl is False


async def test_reads_and_writes_of_foreign_rows_touch_nothing(two: Neighbours) -> None:
    before = await fingerprint(two.runtime, two.theirs.id)
    empty = [table.name for table in SECURED if not before[table.name]]
    assert empty == [], "a furnished company has something in every table"
    async with two.runtime.db.fast.acquire(two.ours.id) as conn:
        assert await conn.fetchval("SELECT current_user") == APP_ROLE
        for table in SECURED:
            touched = ["refused"] * 2 if table.name in HISTORY else ["UPDATE 0", "DELETE 0"]
            assert await _reached(conn, table, two.theirs.id) == [0, *touched]
    assert await fingerprint(two.runtime, two.theirs.id) == before


async def _reached(conn: TenantConn, table: Table, workspace: WorkspaceId) -> list[object]:
    foreign = "WHERE workspace_id = $1"
    column = next(column.name for column in table.columns if column.name != "workspace_id")
    return [
        await conn.fetchval(f'SELECT count(*) FROM "{table.name}" {foreign}', workspace),
        await _touched(conn, f'UPDATE "{table.name}" SET {column} = {column} {foreign}', workspace),
        await _touched(conn, f'DELETE FROM "{table.name}" {foreign}', workspace),
    ]


async def _touched(conn: TenantConn, statement: str, workspace: WorkspaceId) -> str:
    try:
        return await conn.execute(statement, workspace)
    except asyncpg.InsufficientPrivilegeError:
        return "refused"


async def test_rows_cannot_be_put_or_moved_into_another_workspace(two: Neighbours) -> None:
    before = await fingerprint(two.runtime, two.theirs.id)
    told = []
    for table in SECURED:
        row = await _foreign_row(two, table)
        told += [
            f"{table.name}: {error}"
            for statement, value in (
                (f'INSERT INTO "{table.name}" SELECT (jsonb_populate_record(NULL::"{table.name}", $1)).*', row),
                (f'UPDATE "{table.name}" SET workspace_id = $1', two.theirs.id),
            )
            if WALLS[statement.startswith("UPDATE") and table.name in HISTORY]
            not in (error := await _refusal(two, statement, value))
        ]  # fmt: skip
    assert told == []
    assert await fingerprint(two.runtime, two.theirs.id) == before


async def _foreign_row(two: Neighbours, table: Table) -> object:
    async with two.runtime.db.system.acquire() as conn:
        return await conn.fetchval(
            f'SELECT to_jsonb(t) FROM "{table.name}" t WHERE workspace_id = $1 LIMIT 1',
            two.theirs.id,
        )


async def _refusal(two: Neighbours, statement: str, value: object) -> str:
    """Return what the database says to a statement."""
    try:
        async with two.runtime.db.fast.transaction(two.ours.id) as conn:
            return await conn.execute(statement, value)
    except asyncpg.PostgresError as error:
        return str(error)


@pytest.mark.parametrize("value", ["", None])
async def test_connection_without_a_workspace_sees_nothing(
    two: Neighbours, value: str | None
) -> None:
    conn = await asyncpg.connect(two.runtime.db.dsn.plain)
    try:
        await conn.execute(f"SET ROLE {APP_ROLE}")
        if value is not None:
            await conn.execute("SELECT set_config('besedka.workspace', $1, false)", value)
        seen = {
            table.name: await conn.fetchval(f'SELECT count(*) FROM "{table.name}"')
            for table in SECURED
        }
    finally:
        await conn.close()
    assert set(seen.values()) == {0}, seen


async def test_keys_join_rows_of_one_workspace_only() -> None:
    """A foreign key between two tables of workspaces carries the workspace with it."""
    names = {table.name for table in SECURED}
    loose = [
        f"{table.name} -> {key.elements[0].target_fullname}"
        for table in SECURED
        for key in table.foreign_key_constraints
        if key.referred_table.name in names and "workspace_id" not in key.column_keys
    ]
    assert loose == []
    assert METADATA.tables
