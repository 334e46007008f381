"""Workspaces and the actors in them."""

from dataclasses import dataclass

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, UserId, WorkspaceId, new_id
from besedka.kernel.accounts.repository.people import (
    PeopleRepository,
    SystemMemberships,
    WorkspaceRepository,
)
from besedka.kernel.accounts.service.names import make_slug, other_slug
from besedka.kernel.accounts.types import ActorKind, MyWorkspace, Role, WorkspaceKind

SLUG_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A new workspace and its owner's actor."""

    workspace_id: WorkspaceId
    slug: str
    actor_id: ActorId


def new_workspace_id() -> WorkspaceId:
    """Return the id of a workspace that is about to be made: the connection is opened for it first."""
    return WorkspaceId(new_id())


async def create_workspace(
    conn: TenantConn, *, name: str, kind: WorkspaceKind, owner: UserId, owner_name: str
) -> Founded:
    """Make the workspace that the connection points at, with its owner and its system actor."""
    slug = make_slug(name)
    workspaces = WorkspaceRepository(conn)
    for _ in range(SLUG_TRIES):
        if await workspaces.add(conn.workspace, slug=slug, name=name, kind=kind):
            break
        slug = other_slug(make_slug(name))
    people = PeopleRepository(conn)
    actor_id = await people.add_actor(kind=ActorKind.USER, name=owner_name, user_id=owner)
    await people.add_member(actor_id, owner, Role.OWNER)
    await people.ensure_system_actor()
    return Founded(workspace_id=conn.workspace, slug=slug, actor_id=actor_id)


async def create_actor(
    conn: TenantConn, *, kind: ActorKind, name: str, user_id: UserId | None = None
) -> ActorId:
    """Make an actor: a contact, an assistant."""
    return await PeopleRepository(conn).add_actor(kind=kind, name=name, user_id=user_id)


async def rename_actor(conn: TenantConn, actor_id: ActorId, name: str) -> None:
    """Give an actor another name."""
    await PeopleRepository(conn).rename_actor(actor_id, name)


async def ensure_system_actor(conn: TenantConn) -> ActorId:
    """Return the actor that speaks for the system itself."""
    return await PeopleRepository(conn).ensure_system_actor()


async def list_workspaces(conn: SystemConn, user_id: UserId) -> list[MyWorkspace]:
    """Return the workspaces that a user belongs to, companies first."""
    return await SystemMemberships(conn).list_for(user_id)


async def find_workspace(conn: TenantConn, slug: str) -> WorkspaceId | None:
    """Return the workspace at an address."""
    return await WorkspaceRepository(conn).find_by_slug(slug)
