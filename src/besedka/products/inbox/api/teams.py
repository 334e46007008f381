"""JSON of the inbox: teams, and the people who answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import Forbidden
from besedka.core.ids import ActorId, new_id
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Team
from besedka.products.inbox import service
from besedka.products.inbox.deps import Manager, Reader, Writer
from besedka.products.inbox.schemas import (
    OperatorRead,
    OperatorUpdate,
    TeamCreate,
    TeamRead,
    TeamUpdate,
)
from besedka.products.inbox.types import MANAGES

router = APIRouter(tags=["inbox"], route_class=KeyedRoute)

TeamPath = Annotated[UUID, Path(description="The team.")]


@router.get("/teams", summary="Teams", responses=problems(401, 403))
async def list_teams(runtime: CurrentRuntime, identity: Reader) -> list[TeamRead]:
    """List the workspace's teams by name."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [TeamRead.model_validate(team) for team in await conversations.list_teams(conn)]


@router.post(
    "/teams", status_code=201, summary="Make a team", responses=problems(401, 403, 404, 409, 422)
)
async def create_team(body: TeamCreate, runtime: CurrentRuntime, identity: Manager) -> TeamRead:
    """Make a team and say who is in it."""
    team = Team(id=new_id(), name=body.name, mode=body.mode, is_default=body.is_default)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.save_team(conn, team, members=body.members)
    return TeamRead.model_validate(made)


@router.patch(
    "/teams/{team_id}", summary="Change a team", responses=problems(401, 403, 404, 409, 422)
)
async def update_team(
    team_id: TeamPath, body: TeamUpdate, runtime: CurrentRuntime, identity: Manager
) -> TeamRead:
    """Change what is given of a team; `members` are all its members afterwards."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        known = await conversations.get_team(conn, team_id)
        team = Team(
            id=team_id,
            name=known.name if body.name is None else body.name,
            mode=known.mode if body.mode is None else body.mode,
            is_default=known.is_default if body.is_default is None else body.is_default,
        )
        made = await service.save_team(conn, team, members=body.members)
    return TeamRead.model_validate(made)


@router.delete(
    "/teams/{team_id}",
    status_code=204,
    summary="Delete a team",
    responses=problems(401, 403, 404, 422),
)
async def delete_team(team_id: TeamPath, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Delete a team; its dialogs stay with their people, or wait in the queue of all."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.delete_team(runtime, conn, team_id)
    return Response(status_code=204)


@router.get("/operators", summary="Who answers visitors", responses=problems(401, 403))
async def list_operators(runtime: CurrentRuntime, identity: Reader) -> list[OperatorRead]:
    """List the people who may answer, whether they are there, and how much they have."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [OperatorRead.model_validate(each) for each in await service.list_operators(conn)]


@router.patch(
    "/operators/{actor}",
    summary="Say whether somebody takes dialogs",
    responses=problems(401, 403, 404, 422),
)
async def update_operator(
    actor: Annotated[UUID, Path(description="The person's actor.")],
    body: OperatorUpdate,
    runtime: CurrentRuntime,
    identity: Writer,
) -> OperatorRead:
    """Go away or come back; how much somebody takes, and others' switches, are for managers."""
    if (actor != identity.actor_id or body.capacity is not None) and not identity.may(MANAGES):
        raise Forbidden
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.save_operator(
            runtime, conn, ActorId(actor), is_away=body.is_away, capacity=body.capacity
        )
    return OperatorRead.model_validate(changed)
