"""Waiting for what happens in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from besedka.core.clock import monotonic
from besedka.core.runtime import Runtime

T = TypeVar("T")


async def eventually(find: Callable[[], Awaitable[T | None]], *, within: float = 5.0) -> T:
    """Ask again and again until there is an answer; fails after `within` seconds."""
    ends = monotonic() + within
    while (found := await find()) is None:
        assert monotonic() < ends, f"nothing within {within} s"
        await asyncio.sleep(0.01)
    return found


async def settled(runtime: Runtime, *, within: float = 20.0) -> None:
    """Wait until the application's worker has nothing running and nothing due."""
    ends = monotonic() + within
    while left := await _unsettled(runtime):
        assert monotonic() < ends, f"still to do after {within} s: {left}"
        await asyncio.sleep(0.02)


async def _unsettled(runtime: Runtime) -> list[str]:
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(
            "SELECT name, state, attempts, error FROM job"
            " WHERE (state = 'running' OR state = 'queued' AND run_at <= now())"
            " AND name NOT LIKE 'test.%' AND name NOT LIKE 'event:test.%'"
        )
    return [" ".join(str(value) for value in row.values()) for row in rows]
