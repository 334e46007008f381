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


async def settled(runtime: Runtime, *, within: float = 10.0) -> None:
    """Wait until the application's worker has nothing running and nothing due."""

    async def idle() -> bool | None:
        async with runtime.db.system.acquire() as conn:
            left = await conn.fetchval(
                "SELECT count(*) FROM job WHERE state = 'running'"
                " OR (state = 'queued' AND run_at <= now() AND name NOT LIKE 'test.%')"
            )
        return None if left else True

    await eventually(idle, within=within)
