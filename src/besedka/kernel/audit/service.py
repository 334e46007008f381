"""Use cases of the audit: record, read, seal, verify."""

from collections.abc import Callable, Mapping
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import chain, repository
from besedka.kernel.audit.repository import AuditRepository, ChainRepository
from besedka.kernel.audit.types import Anchor, AuditEvent, Filter, Head, Sealed, Verdict
from besedka.kernel.audit.verification import Walk

EVERYTHING = Filter()
BATCH = 1000


async def record(
    conn: TenantConn, *, actor_id: ActorId | None, action: str, target_type: str = "",
    target_id: UUID | None = None, detail: Mapping[str, JsonValue] | None = None,
) -> None:  # fmt: skip
    """Record a deed in the transaction that does it."""
    await AuditRepository(conn).insert(
        AuditEvent(
            id=new_id(), actor_id=actor_id, action=action, target_type=target_type,
            target_id=target_id, detail=detail or {}, created_at=now(),
        )
    )  # fmt: skip


async def list_events(
    conn: TenantConn, wanted: Filter = EVERYTHING, *, before: UUID | None = None, limit: int = 50
) -> list[AuditEvent]:
    """Return the workspace's events, newest first, those older than `before` when that is given."""
    return await AuditRepository(conn).page(wanted, before=before, limit=limit)


async def find_head(conn: TenantConn) -> Head | None:
    """Return the end of the workspace's chain, None before anything was sealed."""
    return await ChainRepository(conn).find_head()


async def count_unsealed(conn: TenantConn) -> int:
    """Return how many of the workspace's events wait to be sealed."""
    return await ChainRepository(conn).count_unsealed()


async def seal(conn: TenantConn) -> int:
    """Seal the workspace's oldest unsealed events in the caller's transaction; returns how many.

    Whatever is visible gets the next places: one whose transaction commits later comes later, so that none falls out
    of the chain. The lock of the head lets one sealer work at a time; those who insert never wait for it.
    """
    chained = ChainRepository(conn)
    moment = now()
    head = await chained.lock_head(Head(0, chain.GENESIS, moment))
    place, previous = head.place, head.hash
    sealed: list[Sealed] = []
    for link in await chained.unsealed(BATCH):
        place += 1
        previous = chain.digest(previous, link, workspace=conn.workspace, place=place)
        sealed.append(Sealed(place, previous, link))
    if sealed:
        await chained.seal(sealed, moment)
    return len(sealed)


async def seal_all(runtime: Runtime) -> Mapping[WorkspaceId, int]:
    """Seal what waits in every workspace; returns how many events by workspace."""
    async with runtime.db.system.acquire() as conn:
        waiting = await repository.workspaces_to_seal(conn)
    return {workspace: await _seal_workspace(runtime, workspace) for workspace in waiting}


async def _seal_workspace(runtime: Runtime, workspace: WorkspaceId) -> int:
    total = 0
    while True:
        async with runtime.db.fast.transaction(workspace) as conn:
            count = await seal(conn)
        total += count
        if count < BATCH:
            return total


async def audited_workspaces(runtime: Runtime) -> list[WorkspaceId]:
    """Return every workspace that has events or a chain."""
    async with runtime.db.system.acquire() as conn:
        return await repository.audited_workspaces(conn)


async def take_anchor(runtime: Runtime, workspace: WorkspaceId) -> Anchor | None:
    """Return the head of a workspace's chain, to be kept elsewhere; None before anything was sealed."""
    async with runtime.db.fast.acquire(workspace) as conn:
        head = await find_head(conn)
    return None if head is None else Anchor(workspace, head.place, head.hash)


async def verify(
    runtime: Runtime, workspace: WorkspaceId, *, anchor: Anchor | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Verdict:  # fmt: skip
    """Compute a workspace's chain again, a page at a time, as it was at one moment.

    `on_progress` is told how many events were checked and how many there are.
    """
    async with (
        runtime.db.fast.acquire(workspace) as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        chained = ChainRepository(conn)
        walk = Walk(workspace, await chained.find_head(), anchor)
        while rows := await chained.after(walk.place, BATCH):
            for row in rows:
                walk.step(row)
            if on_progress is not None:
                on_progress(walk.verdict.checked, walk.head.place if walk.head else 0)
        verdict = walk.end()
        verdict.unsealed = await chained.count_unsealed()
    return verdict
