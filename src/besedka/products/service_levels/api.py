"""JSON of hours and promises: `/hours`, `/sla`, and what is due of `/dialogs`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from besedka.core.clock import now
from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import STAFF_READS, ConversationId
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Opening, ScheduleId
from besedka.kernel.promises import service as promises
from besedka.kernel.promises.types import PROMISES_MANAGE, PolicyId
from besedka.products.service_levels import service
from besedka.products.service_levels.schemas import (
    DefaultPolicyWrite,
    DueQuery,
    DueRead,
    OpeningRead,
    PolicyRead,
    PolicyWrite,
    ScheduleRead,
    ScheduleWrite,
    StandingRead,
)

router = APIRouter(tags=["service levels"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Manager = Annotated[Identity, Depends(require(PROMISES_MANAGE))]


@router.get("/hours/schedules", summary="Schedules", responses=problems(401, 403))
async def list_schedules(runtime: CurrentRuntime, identity: Reader) -> list[ScheduleRead]:
    """List the workspace's schedules, the default first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [ScheduleRead.of(each) for each in await hours.list_schedules(conn)]


@router.get(
    "/hours/opening", response_model=OpeningRead, summary="Do people work now", responses=problems(401, 403),
)  # fmt: skip
async def read_opening(runtime: CurrentRuntime, identity: Reader) -> Opening:
    """Return whether people work now by the default schedule; without one they always do."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await hours.opening(conn, now())


@router.post(
    "/hours/schedules",
    status_code=201,
    summary="Add a schedule",
    responses=problems(401, 403, 409, 422),
)
async def create_schedule(
    body: ScheduleWrite, runtime: CurrentRuntime, identity: Manager
) -> ScheduleRead:
    """Add a schedule; the first one is the default."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.add_schedule(conn, body.draft(), by=identity.actor_id)
    return ScheduleRead.of(made)


@router.put(
    "/hours/schedules/{schedule_id}",
    summary="Change a schedule",
    responses=problems(401, 403, 404, 422),
)
async def change_schedule(
    schedule_id: ScheduleId, body: ScheduleWrite, runtime: CurrentRuntime, identity: Manager
) -> ScheduleRead:
    """Change a schedule; clocks that go by it are reckoned anew."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.change_schedule(conn, schedule_id, body.draft(), by=identity.actor_id)
    return ScheduleRead.of(made)


@router.post(
    "/hours/schedules/{schedule_id}/default",
    summary="Make a schedule the default",
    responses=problems(401, 403, 404, 422),
)
async def make_default(
    schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager
) -> ScheduleRead:
    """Make a schedule the default one."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.make_default(conn, schedule_id, by=identity.actor_id)
    return ScheduleRead.of(made)


@router.delete(
    "/hours/schedules/{schedule_id}",
    status_code=204,
    summary="Delete a schedule",
    responses=problems(401, 403, 404, 409, 422),
)
async def delete_schedule(
    schedule_id: ScheduleId, runtime: CurrentRuntime, identity: Manager
) -> None:
    """Delete a schedule. 409 `schedule_is_default` for the default one while there are others."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_schedule(conn, schedule_id, by=identity.actor_id)


@router.get("/sla/policies", summary="Policies", responses=problems(401, 403))
async def list_policies(runtime: CurrentRuntime, identity: Reader) -> list[PolicyRead]:
    """List policies in the order in which they are tried; the default one comes last, and is off until it is changed."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [PolicyRead.of(each) for each in await promises.list_policies(conn)]


@router.post(
    "/sla/policies",
    status_code=201,
    summary="Add a policy",
    responses=problems(401, 403, 404, 409, 422),
)
async def create_policy(
    body: PolicyWrite, runtime: CurrentRuntime, identity: Manager
) -> PolicyRead:
    """Add a policy for dialogs with a label, of a priority, or both."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.add_policy(conn, body.draft(), by=identity.actor_id)
    return PolicyRead.of(made)


@router.put(
    "/sla/policies/default",
    summary="Change the default policy",
    responses=problems(401, 403, 404, 422),
)
async def change_default(
    body: DefaultPolicyWrite, runtime: CurrentRuntime, identity: Manager
) -> PolicyRead:
    """Say what is promised for dialogs that no other policy fits."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.set_default(conn, body.draft(), by=identity.actor_id)
    return PolicyRead.of(made)


@router.put(
    "/sla/policies/{policy_id}", summary="Change a policy", responses=problems(401, 403, 404, 422)
)
async def change_policy(
    policy_id: PolicyId, body: PolicyWrite, runtime: CurrentRuntime, identity: Manager
) -> PolicyRead:
    """Change a policy; dialogs that people have follow it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.change_policy(conn, policy_id, body.draft(), by=identity.actor_id)
    return PolicyRead.of(made)


@router.delete(
    "/sla/policies/{policy_id}",
    status_code=204,
    summary="Delete a policy",
    responses=problems(401, 403, 404, 422),
)
async def delete_policy(policy_id: PolicyId, runtime: CurrentRuntime, identity: Manager) -> None:
    """Delete a policy."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await promises.delete_policy(conn, policy_id, by=identity.actor_id)


@router.get("/dialogs/sla", summary="What is about to be missed", responses=problems(401, 403, 422))
async def list_due(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Reader,
    wanted: Annotated[DueQuery, Query()],
) -> list[DueRead]:  # fmt: skip
    """List the next due moments of dialogs that people have, those missed first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await promises.list_due(
            conn, until=wanted.until, after=wanted.after, limit=wanted.limit
        )
    more = len(found) == wanted.limit
    add_next(
        request, response, {"cursor": f"{found[-1].due.isoformat()}~{found[-1].chat}"} if more else None
    )  # fmt: skip
    moment = now()
    return [DueRead.of(each, moment) for each in found]


@router.get(
    "/dialogs/{dialog_id}/sla",
    summary="How a dialog stands",
    responses=problems(401, 403, 404, 422),
)
async def read_standing(dialog_id: UUID, runtime: CurrentRuntime, identity: Reader) -> StandingRead:
    """Return what is due in a dialog, what has been, and how it was rated."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        chat = (await conversations.dialog_summary(conn, ConversationId(dialog_id))).id
        found = await service.get_standing(conn, chat)
    return StandingRead.of(found, now())
