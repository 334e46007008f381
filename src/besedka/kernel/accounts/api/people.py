"""`/users` and `/workspaces`: the people of a workspace, and the workspaces of a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import UserId
from besedka.core.schemas import problems
from besedka.kernel.accounts import service
from besedka.kernel.accounts.api.auth import JSON
from besedka.kernel.accounts.deps import AnyIdentity, HostIdentity, OwnIdentity, require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.schemas import (
    Me,
    MeUpdate,
    PersonAdd,
    PersonAdded,
    PersonRead,
    RoleChange,
    WorkspaceCreate,
    WorkspaceRead,
    WorkspaceUpdate,
)
from besedka.kernel.accounts.types import Identity

users = APIRouter(prefix="/users", tags=["users"], route_class=KeyedRoute)
workspaces = APIRouter(prefix="/workspaces", tags=["workspaces"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require("people.read"))]
PeopleManager = Annotated[Identity, Depends(require("people.manage"))]
WorkspaceManager = Annotated[Identity, Depends(require("workspace.manage"))]


@users.get("", responses=problems(401, 403))
async def list_people(runtime: CurrentRuntime, identity: Reader) -> list[PersonRead]:
    """List the people of the workspace."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [PersonRead.model_validate(each) for each in await service.people(conn)]


@users.get("/me", response_model=Me, responses=problems(401))
async def read_me(identity: AnyIdentity) -> Response:
    """Say who asks, as `/auth/me` does."""
    return Response(service.me(identity), media_type=JSON)


@users.patch("/me", status_code=204, responses=problems(401, 403))
async def update_me(body: MeUpdate, runtime: CurrentRuntime, identity: OwnIdentity) -> None:
    """Change one's name or language."""
    async with runtime.db.system.transaction() as conn:
        await service.update_me(conn, identity.user_id, name=body.name, locale=body.locale)


@users.post("", status_code=201, responses=problems(401, 403, 409, 422))
async def add_person(
    body: PersonAdd, runtime: CurrentRuntime, identity: PeopleManager
) -> PersonAdded:
    """Add somebody by e-mail; without a mail server the answer holds the link to hand over."""
    joining = service.Joining(email=body.email, name=body.name, role=body.role)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        joined = await service.add_member(runtime, conn, identity, joining=joining)
    return PersonAdded(person=PersonRead.model_validate(joined.person), link=joined.link)


@users.get("/{user_id}", responses=problems(401, 403, 404))
async def read_person(user_id: UserId, runtime: CurrentRuntime, identity: Reader) -> PersonRead:
    """Show one of the workspace's people."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return PersonRead.model_validate(await service.get_person(conn, user_id))


@users.patch("/{user_id}", responses=problems(401, 403, 404, 409))
async def change_role(
    user_id: UserId, body: RoleChange, runtime: CurrentRuntime, identity: PeopleManager
) -> PersonRead:
    """Give somebody another role."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        person = await service.set_role(runtime, conn, identity, user_id=user_id, role=body.role)
    return PersonRead.model_validate(person)


@users.delete("/{user_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def remove_person(user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager) -> None:
    """Take somebody out of the workspace, at once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.remove_member(runtime, conn, identity, user_id=user_id)


@users.post("/{user_id}/deactivate", responses=problems(401, 403, 404, 409))
async def deactivate(
    user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager
) -> PersonRead:
    """Keep somebody out without removing them; their keys and the sessions that open here end at once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        person = await service.deactivate(runtime, conn, identity, user_id=user_id)
    return PersonRead.model_validate(person)


@users.post("/{user_id}/activate", responses=problems(401, 403, 404))
async def activate(user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager) -> PersonRead:
    """Let somebody in again, in their old role."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        person = await service.activate(runtime, conn, identity, user_id=user_id)
    return PersonRead.model_validate(person)


@users.post("/{user_id}/disable", status_code=204, responses=problems(401, 403, 404, 409))
async def disable_user(user_id: UserId, runtime: CurrentRuntime, _host: HostIdentity) -> None:
    """Keep somebody out of the whole installation, at once; for its host."""
    async with runtime.db.system.transaction() as conn:
        await service.disable_user(runtime, conn, user_id)


@users.post("/{user_id}/enable", status_code=204, responses=problems(401, 403, 404))
async def enable_user(user_id: UserId, runtime: CurrentRuntime, _host: HostIdentity) -> None:
    """Let somebody in again who was kept out of the installation; for its host."""
    async with runtime.db.system.transaction() as conn:
        await service.enable_user(conn, user_id)


@workspaces.get("", responses=problems(401))
async def list_workspaces(runtime: CurrentRuntime, identity: OwnIdentity) -> list[WorkspaceRead]:
    """List the workspaces that one belongs to."""
    async with runtime.db.system.acquire() as conn:
        found = await service.list_workspaces(conn, identity.user_id)
    return [WorkspaceRead.model_validate(each) for each in found]


@workspaces.post("", status_code=201, responses=problems(401, 403, 422))
async def create_workspace(
    body: WorkspaceCreate, runtime: CurrentRuntime, identity: OwnIdentity
) -> WorkspaceRead:
    """Found a company, as its owner."""
    founded = await service.found_company(runtime, identity, body.name)
    return WorkspaceRead.model_validate(founded)


@workspaces.patch("/current", status_code=204, responses=problems(401, 403, 409, 422))
async def update_workspace(
    body: WorkspaceUpdate, runtime: CurrentRuntime, identity: WorkspaceManager
) -> None:
    """Change the workspace's name, address or colour; an owner also whether a second step is required."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if body.second_factor_required is not None:
            await service.require_second(conn, identity, required=body.second_factor_required)
        await service.update_workspace(
            conn, identity, name=body.name, slug=body.slug, accent=body.accent
        )
