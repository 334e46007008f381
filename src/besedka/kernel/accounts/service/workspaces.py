"""Workspaces and the actors in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.errors import NotFound
from besedka.core.ids import ActorId, UserId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import (
    EmailUnconfirmed,
    HostOnly,
    OwnerOnly,
    RegistrationClosed,
    SecondFactorOff,
)
from besedka.kernel.accounts.repository.people import (
    PeopleRepository,
    SystemMemberships,
    WorkspaceRepository,
)
from besedka.kernel.accounts.repository.sessions import SessionRepository
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.service.names import make_slug, other_slug, tidy
from besedka.kernel.accounts.service.second import second_state
from besedka.kernel.accounts.service.sessions import session_of
from besedka.kernel.accounts.types import ActorKind, Identity, MyWorkspace, Role, WorkspaceKind

SLUG_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A new workspace and its owner's actor."""

    workspace_id: WorkspaceId
    slug: str
    actor_id: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCard:
    """A workspace as its own people see it."""

    id: WorkspaceId
    slug: str
    name: str
    kind: str
    accent: str
    settings: Mapping[str, JsonValue]
    second_factor_required: bool = False


def new_workspace_id() -> WorkspaceId:
    """Return the id of a workspace that is about to be made: the connection is opened for it first."""
    return WorkspaceId(new_id())


async def create_workspace(
    conn: TenantConn, *, name: str, kind: WorkspaceKind, owner: UserId, owner_name: str
) -> Founded:
    """Make the workspace that the connection points at, with its owner and its system actor."""
    slug = await _settle(conn, name, kind)
    people = PeopleRepository(conn)
    actor_id = await people.add_actor(kind=ActorKind.USER, name=owner_name, user_id=owner)
    await people.add_member(actor_id, owner, role=Role.OWNER)
    await people.ensure_system_actor()
    return Founded(workspace_id=conn.workspace, slug=slug, actor_id=actor_id)


async def _settle(conn: TenantConn, name: str, kind: WorkspaceKind) -> str:
    """Insert the connection's workspace at a free address, and return that."""
    slug = make_slug(name)
    workspaces = WorkspaceRepository(conn)
    for _ in range(SLUG_TRIES):
        if await workspaces.add(conn.workspace, slug=slug, name=name, kind=kind):
            break
        slug = other_slug(make_slug(name))
    return slug


async def found_unowned(conn: TenantConn, *, name: str) -> str:
    """Make a company without people, from the command line; a host adopts it later. Returns its address."""
    slug = await _settle(conn, name, WorkspaceKind.COMPANY)
    await PeopleRepository(conn).ensure_system_actor()
    return slug


async def adopt_company(conn: TenantConn, identity: Identity) -> None:
    """Make a host the owner of the connection's company. Raises HostOnly; NotFound when it has people."""
    if not identity.is_host:
        raise HostOnly
    people = PeopleRepository(conn)
    if await people.list_people():
        raise NotFound
    actor_id = await people.ensure_user_actor(identity.user_id, identity.name)
    await people.add_member(actor_id, identity.user_id, role=Role.OWNER)


async def create_actor(
    conn: TenantConn, *, kind: ActorKind, name: str, user_id: UserId | None = None
) -> ActorId:
    """Make an actor: a contact, an assistant."""
    return await PeopleRepository(conn).add_actor(kind=kind, name=name, user_id=user_id)


async def rename_actor(conn: TenantConn, actor_id: ActorId, name: str) -> None:
    """Give an actor another name."""
    await PeopleRepository(conn).rename_actor(actor_id, name)


async def delete_actor(conn: TenantConn, actor_id: ActorId) -> None:
    """Delete an actor that never said anything, and what hangs on it."""
    await PeopleRepository(conn).delete_actor(actor_id)


async def all_workspaces(conn: SystemConn) -> list[WorkspaceCard]:
    """Return the workspaces of the installation, oldest first: for the command line only."""
    rows = await SystemMemberships(conn).all_workspaces()
    return [
        WorkspaceCard(
            id=row["id"], slug=row["slug"], name=row["name"], kind=row["kind"], accent=row["accent"],
            settings=row["settings"],
        )
        for row in rows
    ]  # fmt: skip


async def ensure_system_actor(conn: TenantConn) -> ActorId:
    """Return the actor that speaks for the system itself."""
    return await PeopleRepository(conn).ensure_system_actor()


async def list_workspaces(conn: SystemConn, user_id: UserId) -> list[MyWorkspace]:
    """Return the workspaces that a user belongs to, companies first."""
    return await SystemMemberships(conn).list_for(user_id)


async def find_workspace(conn: TenantConn, slug: str) -> WorkspaceId | None:
    """Return the workspace at an address."""
    return await WorkspaceRepository(conn).find_by_slug(slug)


async def switch_workspace(conn: SystemConn, identity: Identity, wanted: str) -> MyWorkspace:
    """Make another of a person's workspaces (slug or id) the session's default.

    Raises NotFound for a workspace that is not there or not theirs.
    """
    for place in await SystemMemberships(conn).list_for(identity.user_id):
        if wanted in {place.slug, str(place.id)}:
            await SessionRepository(conn).set_workspace(session_of(identity), place.id)
            return place
    raise NotFound


async def found_company(runtime: Runtime, identity: Identity, name: str) -> MyWorkspace:
    """Make a company with the person as its owner.

    Raises EmailUnconfirmed, and RegistrationClosed where only hosts may.
    """
    if not identity.email_confirmed:
        raise EmailUnconfirmed
    if not (runtime.settings.open_registration or identity.is_host):
        raise RegistrationClosed
    name = tidy(name) or identity.name
    async with runtime.db.fast.transaction(new_workspace_id()) as conn:
        made = await create_workspace(
            conn, name=name, kind=WorkspaceKind.COMPANY, owner=identity.user_id,
            owner_name=identity.name,
        )  # fmt: skip
    return MyWorkspace(
        id=made.workspace_id, slug=made.slug, name=name, kind=WorkspaceKind.COMPANY, accent="",
        role=Role.OWNER,
    )  # fmt: skip


async def get_workspace(conn: TenantConn) -> WorkspaceCard:
    """Return the name, address and colour of the connection's workspace. Raises NotFound."""
    row = await WorkspaceRepository(conn).find(conn.workspace)
    if row is None:
        raise NotFound
    return WorkspaceCard(
        id=row["id"], slug=row["slug"], name=row["name"], kind=row["kind"], accent=row["accent"],
        settings=row["settings"], second_factor_required=row["second_factor_required"],
    )  # fmt: skip


async def require_second(conn: TenantConn, identity: Identity, *, required: bool) -> None:
    """Let only those in who log in with a second step, or everybody again.

    Raises OwnerOnly; SecondFactorOff for an owner who would lock themselves out.
    """
    if identity.role != Role.OWNER:
        raise OwnerOnly
    if required and (await second_state(conn, identity.user_id)).since is None:
        raise SecondFactorOff
    await WorkspaceRepository(conn).require_second(conn.workspace, required=required)
    action = "accounts.second_factor_required" if required else "accounts.second_factor_optional"
    await letters.record_own(conn, identity, action)


async def update_workspace(
    conn: TenantConn, identity: Identity, *, name: str | None = None, slug: str | None = None,
    accent: str | None = None, settings: Mapping[str, JsonValue] | None = None,
) -> None:  # fmt: skip
    """Change what is given of the workspace; settings are merged. Raises SlugTaken."""
    name = tidy(name or "") or None
    await WorkspaceRepository(conn).update(
        conn.workspace, name=name, slug=slug, accent=accent, settings=settings
    )
    await letters.record_own(conn, identity, "accounts.workspace_changed", name=name, slug=slug)
