"""Audit rows: kept with the deed, seen in one workspace only."""

import pytest

from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service
from besedka.kernel.audit.types import Filter


class Boom(Exception):
    """A failure."""


async def test_recorded_deed_is_read_back_newest_first_by_pages(runtime: Runtime) -> None:
    actor, target = ActorId(new_id()), new_id()
    async with runtime.db.fast.transaction(WorkspaceId(new_id())) as conn:
        for number in range(3):
            await service.record(
                conn, actor_id=actor, action="thing.update", target_type="thing",
                target_id=target, detail={"number": number, "имя": "ёж"},
            )  # fmt: skip
        first = await service.list_events(conn, limit=2)
        rest = await service.list_events(conn, before=first[-1].id)
    assert [event.detail["number"] for event in (*first, *rest)] == [2, 1, 0]
    assert (first[0].actor_id, first[0].target_id) == (actor, target)
    assert first[0].detail["имя"] == "ёж"


async def test_filter_keeps_what_was_asked_for(runtime: Runtime) -> None:
    one, two = ActorId(new_id()), ActorId(new_id())
    target = new_id()
    async with runtime.db.fast.transaction(WorkspaceId(new_id())) as conn:
        await service.record(conn, actor_id=one, action="a.make")
        await service.record(conn, actor_id=two, action="a.make", target_id=target)
        await service.record(conn, actor_id=None, action="b.sweep")
        by_actor = await service.list_events(conn, Filter(actor_id=one))
        by_action = await service.list_events(conn, Filter(action="b.sweep"))
        by_target = await service.list_events(conn, Filter(target_id=target))
    assert [event.actor_id for event in by_actor] == [one]
    assert [event.actor_id for event in by_action] == [None]
    assert [event.actor_id for event in by_target] == [two]


async def test_deed_that_fails_leaves_no_row(runtime: Runtime) -> None:
    workspace = WorkspaceId(new_id())
    with pytest.raises(Boom):
        await _record_and_fail(runtime, workspace)
    async with runtime.db.fast.acquire(workspace) as conn:
        assert await service.list_events(conn) == []


async def _record_and_fail(runtime: Runtime, workspace: WorkspaceId) -> None:
    async with runtime.db.fast.transaction(workspace) as conn:
        await service.record(conn, actor_id=None, action="a.make")
        raise Boom


async def test_row_security_hides_the_rows_of_others_by_itself(runtime: Runtime) -> None:
    mine, theirs = WorkspaceId(new_id()), WorkspaceId(new_id())
    for workspace in (mine, theirs):
        async with runtime.db.fast.transaction(workspace) as conn:
            await service.record(conn, actor_id=None, action="a.make")
    async with runtime.db.fast.acquire(mine) as conn:
        seen = await conn.fetch("SELECT workspace_id FROM audit_event")
    assert [row["workspace_id"] for row in seen] == [mine]
