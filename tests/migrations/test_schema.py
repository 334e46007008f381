"""The migrations make exactly the schema that the models declare, and can be taken back."""

import asyncio

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from besedka.core.db import rls
from besedka.core.db.embedded import Embedded
from besedka.migrations.metadata import METADATA
from besedka.migrations.run import current, downgrade, newest, upgrade
from tests.migrations.rows import up_down_up


async def differences(dsn: str) -> list[object]:
    """Return what would have to be migrated."""

    async def connect() -> object:
        return await asyncpg.connect(dsn)

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.connect() as connection:
        found = await connection.run_sync(compare)
    await engine.dispose()
    return found


async def fresh(postgres: Embedded, name: str) -> str:
    """Make an empty database."""
    conn = await asyncpg.connect(postgres.dsn.plain)
    await conn.execute(f"DROP DATABASE IF EXISTS {name}")
    await conn.execute(f"CREATE DATABASE {name}")
    await conn.close()
    return postgres.dsn.plain.replace("/besedka?", f"/{name}?")


async def secured_tables(dsn: str) -> set[str]:
    """Return the tables that have row security with both policies."""
    conn = await asyncpg.connect(dsn)
    rows = await conn.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname HAVING count(*) = 2"
    )
    await conn.close()
    return {row["relname"] for row in rows}


async def test_migrated_schema_is_the_declared_one(database_url: str) -> None:
    assert await current(database_url) == newest()
    assert await differences(database_url) == []


async def test_every_table_of_a_workspace_is_secured(database_url: str) -> None:
    declared = {table.name for table in METADATA.sorted_tables if rls.secured(table)}
    assert declared
    assert await secured_tables(database_url) == declared


async def test_schema_goes_up_down_and_up(postgres: Embedded, worker_id: str) -> None:
    dsn = await fresh(postgres, f"besedka_updown_{worker_id}")
    for _ in range(2):
        await asyncio.to_thread(upgrade, dsn)
        assert await current(dsn) == newest()
        await asyncio.to_thread(downgrade, dsn, "base")
        assert await current(dsn) == ""


async def test_filled_database_goes_up_down_and_up_unchanged(
    postgres: Embedded, worker_id: str
) -> None:
    """The short cut of the test on a million messages in tests/torture."""
    dsn = await fresh(postgres, f"besedka_filled_{worker_id}")
    said, longest = await up_down_up(dsn, 2000)
    assert longest < 3.0, said


async def test_index_whose_build_was_cut_off_is_built_anew(
    postgres: Embedded, worker_id: str
) -> None:
    dsn = await fresh(postgres, f"besedka_cut_{worker_id}")
    await asyncio.to_thread(upgrade, dsn, "0009")
    conn = await asyncpg.connect(dsn)
    await conn.execute("CREATE INDEX ix_message_deleted ON message (seq)")
    await conn.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_message_deleted'::regclass"
    )
    # As an earlier version of 0015 made it.
    await asyncio.to_thread(upgrade, dsn, "0016")
    await conn.execute(
        "CREATE INDEX ix_reply_run_assistant ON reply_run (workspace_id, assistant_id, id)"
    )
    await asyncio.to_thread(upgrade, dsn)
    assert await conn.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_message_deleted'::regclass"
    )
    await conn.close()
    assert await differences(dsn) == []
