"""Alembic's entry: one connection, lock timeouts, an advisory lock so that two starts do not race."""

import asyncio
import time

import asyncpg
from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from besedka.core.config import load_settings
from besedka.core.db.dsn import normalise
from besedka.core.db.embedded import Embedded
from besedka.migrations.metadata import METADATA

ADVISORY_LOCK = 0x62_65_73_65
LOCK_TIMEOUT = "5s"
LONGEST_TURN = 3600
"""Seconds to wait for another process that is migrating the same database."""
LOOKS_PER_SECOND = 10


def _wait_for_turn(connection: Connection) -> None:
    """Take the advisory lock by asking again and again.

    Waiting for it inside a statement would hold a snapshot, and whoever has the lock may be building an index
    concurrently, which waits for all older snapshots to end.
    """
    for _ in range(LONGEST_TURN * LOOKS_PER_SECOND):
        taken = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()
        if taken:
            return
        time.sleep(1 / LOOKS_PER_SECOND)
    raise TimeoutError(f"another process has been migrating for {LONGEST_TURN} s")


def _run(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    _wait_for_turn(connection)
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()


async def _main(dsn: str) -> None:
    async def connect() -> object:
        return await asyncpg.connect(dsn, timeout=10)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=pool.NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


def _configured() -> None:
    given = context.config.attributes.get("dsn")
    if isinstance(given, str):
        asyncio.run(_main(given))
        return
    settings = load_settings()
    if settings.database:
        asyncio.run(_main(normalise(settings.database).plain))
        return
    server = Embedded(settings.data_dir / "postgres")
    server.start()
    try:
        asyncio.run(_main(server.dsn.plain))
    finally:
        server.stop()


_configured()
