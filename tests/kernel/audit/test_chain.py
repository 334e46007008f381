"""The chain: everything is sealed once, and what is done to it afterwards is found with its place."""

import asyncio
from datetime import timedelta

import psutil
import pytest

from besedka.core.clock import now
from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service
from besedka.kernel.audit.types import Anchor, FlawKind, Verdict

MANY = 40_000
MOST_MEBIBYTES = 16

Found = list[tuple[FlawKind, int]]


async def record(runtime: Runtime, workspace: WorkspaceId, count: int) -> None:
    async with runtime.db.fast.transaction(workspace) as conn:
        for number in range(count):
            await service.record(
                conn, actor_id=None, action="thing.update", target_type="thing",
                target_id=new_id(), detail={"number": number, "имя": "ёж", "deep": [1.5, None]},
            )  # fmt: skip


async def sealed(runtime: Runtime, count: int = 5) -> WorkspaceId:
    """Make a workspace with a chain."""
    workspace = WorkspaceId(new_id())
    await record(runtime, workspace, count)
    async with runtime.db.fast.transaction(workspace) as conn:
        await service.seal(conn)
    return workspace


async def tamper(runtime: Runtime, workspace: WorkspaceId, *statements: str) -> None:
    """Do what somebody with the database in their hands could do."""
    async with runtime.db.system.transaction() as conn:
        for statement in statements:
            await conn.execute(statement, workspace)


def found(verdict: Verdict) -> Found:
    return [(flaw.kind, flaw.place) for flaw in verdict.flaws]


async def verify(runtime: Runtime, workspace: WorkspaceId, anchor: Anchor | None = None) -> Found:
    return found(await service.verify(runtime, workspace, anchor=anchor))


async def test_untouched_chain_has_no_flaw(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    await record(runtime, workspace, 2)
    verdict = await service.verify(runtime, workspace)
    assert (verdict.checked, verdict.unsealed, verdict.flaws) == (5, 2, [])


async def test_job_seals_every_workspace(runtime: Runtime) -> None:
    one, two = WorkspaceId(new_id()), WorkspaceId(new_id())
    await record(runtime, one, service.BATCH + 3)
    await record(runtime, two, 1)
    counts = await service.seal_all(runtime)
    assert (counts[one], counts[two]) == (service.BATCH + 3, 1)
    assert await verify(runtime, one) == await verify(runtime, two) == []


@pytest.mark.parametrize(
    "change",
    [
        "action = 'thing.remove'",
        "detail = detail || '{\"number\": 7}'",
        "detail = jsonb_set(detail, '{deep,0}', '1.50')",
        "actor_id = gen_random_uuid()",
        "target_id = NULL",
        "created_at = created_at + interval '1 microsecond'",
        "hash = sha256('x')",
    ],
)
async def test_changed_row_is_found_at_its_place(runtime: Runtime, change: str) -> None:
    workspace = await sealed(runtime)
    await tamper(
        runtime, workspace, f"UPDATE audit_event SET {change} WHERE workspace_id = $1 AND place = 3"
    )
    assert (FlawKind.CHANGED, 3) in await verify(runtime, workspace)


async def test_removed_rows_are_found_wherever_they_stood(runtime: Runtime) -> None:
    for places, expected in (("1", 1), ("2, 3", 2), ("4, 5", 4), ("1, 2, 3, 4, 5", 1)):
        workspace = await sealed(runtime)
        await tamper(
            runtime,
            workspace,
            f"DELETE FROM audit_event WHERE workspace_id = $1 AND place IN ({places})",
        )
        assert await verify(runtime, workspace) == [(FlawKind.MISSING, expected)]


async def test_rows_moved_up_over_a_removed_one_are_found(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    await tamper(
        runtime, workspace,
        "DELETE FROM audit_event WHERE workspace_id = $1 AND place = 2",
        "UPDATE audit_event SET place = -place WHERE workspace_id = $1 AND place > 2",
        "UPDATE audit_event SET place = -place - 1 WHERE workspace_id = $1 AND place < 0",
        "UPDATE audit_chain SET place = place - 1 WHERE workspace_id = $1",
    )  # fmt: skip
    assert (FlawKind.CHANGED, 2) in await verify(runtime, workspace)


COPY = (
    "INSERT INTO audit_event (workspace_id, id, action, created_at, place, hash)"
    " SELECT $1, gen_random_uuid(), 'thing.make', created_at, {place}, hash"
    " FROM audit_event WHERE workspace_id = $1 AND place = 3"
)


async def test_inserted_row_is_found_behind_the_end_and_between(runtime: Runtime) -> None:
    behind = await sealed(runtime)
    await tamper(runtime, behind, COPY.format(place=6))
    assert (FlawKind.INSERTED, 6) in await verify(runtime, behind)
    between = await sealed(runtime)
    await tamper(
        runtime, between,
        "UPDATE audit_event SET place = place + 10 WHERE workspace_id = $1 AND place > 3",
        "UPDATE audit_event SET place = place - 9 WHERE workspace_id = $1 AND place > 3",
        COPY.format(place=4),
        "UPDATE audit_chain SET place = place + 1 WHERE workspace_id = $1",
    )  # fmt: skip
    assert (FlawKind.CHANGED, 4) in await verify(runtime, between)


async def test_row_put_in_with_an_old_time_is_found(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    async with runtime.db.fast.transaction(workspace) as conn:
        await conn.execute(
            "INSERT INTO audit_event (workspace_id, id, action, created_at) VALUES ($1, $2, 'x.y', $3)",
            workspace, new_id(), now() - timedelta(days=3),
        )  # fmt: skip
        await service.seal(conn)
    assert await verify(runtime, workspace) == [(FlawKind.BACKDATED, 6)]


async def test_lost_head_is_found(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    await tamper(runtime, workspace, "DELETE FROM audit_chain WHERE workspace_id = $1")
    assert (FlawKind.HEAD, 0) in await verify(runtime, workspace)


async def test_chain_written_anew_is_found_by_its_anchor_alone(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    anchor = await service.take_anchor(runtime, workspace)
    await tamper(
        runtime, workspace,
        "DELETE FROM audit_chain WHERE workspace_id = $1",
        "UPDATE audit_event SET place = NULL, hash = NULL, action = 'thing.other' WHERE workspace_id = $1",
    )  # fmt: skip
    async with runtime.db.fast.transaction(workspace) as conn:
        await service.seal(conn)
    assert await verify(runtime, workspace) == []
    assert await verify(runtime, workspace, anchor) == [(FlawKind.ANCHOR, 5)]


async def test_chain_that_is_gone_is_missed_by_its_anchor(runtime: Runtime) -> None:
    workspace = await sealed(runtime)
    anchor = await service.take_anchor(runtime, workspace)
    await tamper(
        runtime, workspace,
        "DELETE FROM audit_chain WHERE workspace_id = $1",
        "DELETE FROM audit_event WHERE workspace_id = $1",
    )  # fmt: skip
    assert await verify(runtime, workspace, anchor) == [(FlawKind.ANCHOR, 5)]


async def test_rows_that_commit_during_sealing_are_all_sealed_once(runtime: Runtime) -> None:
    """Writers keep transactions open over several sealings, so that late ones have older ids than sealed rows."""
    workspace, writing = WorkspaceId(new_id()), asyncio.Event()

    async def write(number: int) -> None:
        for _ in range(10):
            async with runtime.db.fast.transaction(workspace) as conn:
                await service.record(conn, actor_id=None, action="thing.update")
                await asyncio.sleep(0.002 * (number % 4))
                await service.record(conn, actor_id=None, action="thing.update")

    async def seal() -> None:
        while not writing.is_set():
            async with runtime.db.fast.transaction(workspace) as conn:
                await service.seal(conn)

    async with asyncio.TaskGroup() as sealing:
        for _ in range(2):
            sealing.create_task(seal())
        async with asyncio.TaskGroup() as writers:
            for number in range(8):
                writers.create_task(write(number))
        writing.set()
    async with runtime.db.fast.transaction(workspace) as conn:
        await service.seal(conn)
    verdict = await service.verify(runtime, workspace)
    assert (verdict.checked, verdict.unsealed, verdict.flaws) == (160, 0, [])


async def insert_many(conn: SystemConn, workspace: WorkspaceId, count: int) -> None:
    await conn.execute(
        "INSERT INTO audit_event (workspace_id, id, action, detail, created_at)"
        " SELECT $1, gen_random_uuid(), 'thing.update', jsonb_build_object('number', n, 'words', repeat('x', 200)),"
        " now() + n * interval '1 microsecond' FROM generate_series(1, $2) AS n",
        workspace, count,
    )  # fmt: skip


async def test_tens_of_thousands_of_rows_are_verified_in_little_memory(runtime: Runtime) -> None:
    workspace = WorkspaceId(new_id())
    async with runtime.db.system.transaction() as conn:
        await insert_many(conn, workspace, MANY)
    await service.seal_all(runtime)  # the application's own job may seal some of them meanwhile
    process = psutil.Process()
    before, seen = process.memory_info().rss, []

    def look(done: int, _total: int) -> None:
        if done % 5000 == 0:
            seen.append(process.memory_info().rss)

    verdict = await service.verify(runtime, workspace, on_progress=look)
    assert (verdict.checked, verdict.flaws, len(seen)) == (MANY, [], MANY // 5000)
    assert max(seen) - before < MOST_MEBIBYTES * 1024 * 1024
    async with runtime.db.system.acquire() as conn:
        await conn.execute("DELETE FROM audit_event WHERE workspace_id = $1", workspace)
