"""Counting the statements of a piece of code on one lane."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import asyncpg

from besedka.core.db.connection import Conn
from besedka.core.db.lanes import Lane
from besedka.core.ids import WorkspaceId


@asynccontextmanager
async def recorded(lane: Lane) -> AsyncIterator[list[str]]:
    """Yield the list that every statement sent over the lane is added to."""
    seen: list[str] = []
    watched: list[asyncpg.Connection] = []
    pool = lane.pool
    take = pool.take

    def note(record: asyncpg.connection.LoggedQuery) -> None:
        seen.append(record.query)

    async def watching_take(workspace: WorkspaceId | None = None) -> Conn:
        conn = await take(workspace)
        driver = cast(asyncpg.Connection, conn)
        if driver not in watched:
            driver.add_query_logger(note)
            watched.append(driver)
        return conn

    setattr(pool, "take", watching_take)  # noqa: B010 - mypy forbids to replace a method
    try:
        yield seen
        await asyncio.sleep(0)
    finally:
        del pool.take
        for driver in watched:
            driver.remove_query_logger(note)
