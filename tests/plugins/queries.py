"""Counting the statements of a piece of code on one lane."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import cast

import asyncpg

from besedka.core.db.connection import Conn
from besedka.core.db.lanes import Lane
from besedka.core.ids import WorkspaceId

_recorders: ContextVar[tuple[object, ...]] = ContextVar("recorders", default=())


@asynccontextmanager
async def recorded(lane: Lane) -> AsyncIterator[list[str]]:
    """Yield the list that every statement is added to which the block, or a task that it starts, sends over the lane.

    What the application's own tasks do meanwhile is not the block's.
    """
    seen: list[str] = []
    mark = object()
    token = _recorders.set((*_recorders.get(), mark))
    watched: list[asyncpg.Connection] = []
    pool = lane.pool
    take = pool.take

    def note(record: asyncpg.connection.LoggedQuery) -> None:
        if mark in _recorders.get():
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
        _recorders.reset(token)
        del pool.take
        for driver in watched:
            driver.remove_query_logger(note)
