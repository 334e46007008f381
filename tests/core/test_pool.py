"""The pool of the lanes: who gets which connection, and what becomes of broken ones."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from besedka.core.db import pool as pools
from besedka.core.db.connection import TenantConn
from besedka.core.errors import DatabaseAway, InvalidInput, Unavailable
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from tests.factories import make_workspace


async def _pid(conn: TenantConn) -> int:
    return int(await conn.fetchval("SELECT pg_backend_pid()"))


def _anywhere() -> WorkspaceId:
    return WorkspaceId(new_id())


async def test_workspace_gets_the_connection_that_points_at_it(runtime: Runtime) -> None:
    one, other = _anywhere(), _anywhere()
    async with runtime.db.fast.acquire(one) as first, runtime.db.fast.acquire(other) as second:
        pids = {one: await _pid(first), other: await _pid(second)}
    for workspace in (one, other, one, one, other):
        async with runtime.db.fast.acquire(workspace) as conn:
            assert await _pid(conn) == pids[workspace]
            shown = await conn.fetchval("SELECT current_setting('besedka.workspace')")
            assert UUID(shown) == workspace


async def test_more_callers_than_connections_wait_their_turn(runtime: Runtime) -> None:
    pids: set[int] = set()

    async def work() -> None:
        async with runtime.db.fast.acquire(_anywhere()) as conn:
            pids.add(await _pid(conn))
            await asyncio.sleep(0.001)

    await asyncio.gather(*(work() for _ in range(60)))
    assert 1 <= len(pids) <= runtime.settings.database_pool


async def test_exhausted_pool_says_try_again_and_recovers(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, workspace = runtime.db.fast, _anywhere()
    held = [await lane.pool.take() for _ in range(runtime.settings.database_pool)]
    monkeypatch.setattr(pools, "ACQUIRE_SECONDS", 0.05)
    with pytest.raises(Unavailable):
        async with lane.acquire(workspace):
            pass
    monkeypatch.undo()
    for conn in held:
        lane.pool.give_back(conn)
    async with lane.acquire(workspace) as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def test_cancelled_waiters_and_queries_lose_no_connection(runtime: Runtime) -> None:
    size, workspace = runtime.settings.database_pool, _anywhere()

    async def slow() -> None:
        async with runtime.db.fast.acquire(workspace) as conn:
            await conn.execute("SELECT pg_sleep(5)")

    for _ in range(3):
        tasks = [asyncio.create_task(slow()) for _ in range(size * 3)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    held = [await runtime.db.fast.pool.take() for _ in range(size)]
    assert len({id(conn) for conn in held}) == size
    for conn in held:
        runtime.db.fast.pool.give_back(conn)


async def test_killed_backend_is_away_once_and_replaced(runtime: Runtime) -> None:
    workspace = (await make_workspace(runtime)).workspace_id

    async def die() -> None:
        async with runtime.db.fast.acquire(workspace) as conn:
            await conn.execute("RESET ROLE")
            await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseAway):
        await die()
    async with runtime.db.fast.acquire(workspace) as conn:
        assert await conn.fetchval("SELECT count(*) FROM membership") == 1


async def test_failed_statement_makes_the_workspace_be_set_again(runtime: Runtime) -> None:
    workspace = _anywhere()

    async def fail() -> None:
        async with runtime.db.fast.acquire(workspace) as conn:
            conn.on_commit(lambda: pytest.fail("ran after an error"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with runtime.db.fast.acquire(workspace) as conn:
        assert conn.workspace == workspace


@pytest.mark.parametrize(
    ("kind", "value"), [("text", "a\x00b"), ("int", 2**31), ("bigint", 2**63), ("bigint", -(2**70))]
)
async def test_value_that_no_column_holds_is_refused_on_every_lane(
    runtime: Runtime, kind: str, value: object
) -> None:
    async def through_fast_lane() -> None:
        async with runtime.db.fast.acquire(_anywhere()) as conn:
            await conn.fetchval(f"SELECT $1::{kind}", value)

    async def through_orm_lane() -> None:
        async with runtime.db.orm.session(_anywhere()) as session:
            await session.execute(text(f"SELECT CAST(:value AS {kind})"), {"value": value})

    for call in (through_fast_lane, through_orm_lane):
        with pytest.raises(InvalidInput):
            await call()
