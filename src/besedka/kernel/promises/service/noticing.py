"""Noticing what is about to be missed and what was."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from besedka.core import events
from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.service import Writers
from besedka.kernel.promises.events import SlaBreached, SlaWarning
from besedka.kernel.promises.repository.clocks import AllClocks, ClockRepository
from besedka.kernel.promises.types import Clock, Clocks, Edge, Promise

BATCH = 200
MOST_BATCHES = 50


async def notice(runtime: Runtime) -> int:
    """Notice all due moments that have come, in every workspace; returns how many dialogs that was about."""
    async with runtime.db.system.acquire() as conn:
        workspaces = await AllClocks(conn).workspaces_to_alert(now())
    return sum([await _notice_in(runtime, workspace) for workspace in workspaces])


async def _notice_in(runtime: Runtime, workspace: WorkspaceId) -> int:
    noticed = 0
    for _ in range(MOST_BATCHES):
        async with runtime.db.fast.transaction(workspace) as conn:
            some = await notice_some(runtime, conn, moment=now())
        noticed += some
        if some < BATCH:
            break
    return noticed


async def notice_some(runtime: Runtime, conn: TenantConn, *, moment: datetime) -> int:
    """Notice some of a workspace's due moments; each is told once, whoever looks and however often."""
    clocks = ClockRepository(conn)
    found = await clocks.take_alerts(moment, limit=BATCH)
    for each in found:
        owed = {
            promise: await _look(conn, each, promise, clock, moment=moment)
            for promise, clock in each.owed.items()
        }
        await clocks.save(replace(each, owed=owed))
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, each.chat))
    return len(found)


async def _look(
    conn: TenantConn, clocks: Clocks, promise: Promise, clock: Clock, *, moment: datetime
) -> Clock:
    """Return a clock as it is after looking at it."""
    edge = _edge(clock, moment)
    if edge is None or clock.due is None:
        return clock
    repository = ClockRepository(conn)
    if await repository.note(clocks.chat, promise, clock=clock, edge=edge, moment=moment):
        kind = SlaBreached if edge is Edge.MISSED else SlaWarning
        await events.publish(
            conn,
            kind(
                workspace_id=conn.workspace, conversation_id=clocks.chat, promise=promise, due_at=clock.due
            ),
        )  # fmt: skip
    return replace(clock, told=edge)


def _edge(clock: Clock, moment: datetime) -> Edge | None:
    """Return what is to be told of a clock."""
    if clock.due is not None and moment >= clock.due:
        return None if clock.told == Edge.MISSED else Edge.MISSED
    if clock.warn_at is not None and moment >= clock.warn_at:
        return None if clock.told else Edge.WARNED
    return None
