"""Rows that tests stand on: workspaces with an owner, more people, contacts."""

from dataclasses import dataclass
from secrets import token_hex

from argon2 import PasswordHasher

from besedka.core.ids import ActorId, SessionId, UserId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.repository.people import PeopleRepository, UserRepository
from besedka.kernel.accounts.types import ActorKind, Caller, Role, SessionKind, WorkspaceKind

PASSWORD = "correct horse battery"
# One hash for all, at the cost that tests/plugins/passwords.py sets.
PASSWORD_HASH = PasswordHasher(1, 8, 1).hash(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A person in a workspace, logged in as a bearer. `Made.headers` authenticate a request."""

    user_id: UserId
    actor_id: ActorId
    session_id: SessionId
    workspace_id: WorkspaceId
    slug: str
    email: str
    name: str
    role: Role
    password: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What makes a request theirs."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWorkspace:
    """A fresh workspace with its owner."""

    workspace_id: WorkspaceId
    slug: str
    owner: Made

    @property
    def id(self) -> WorkspaceId:
        """The workspace."""
        return self.workspace_id

    @property
    def headers(self) -> dict[str, str]:
        """What makes a request the owner's."""
        return self.owner.headers


async def make_workspace(
    runtime: Runtime, *, name: str = "", kind: WorkspaceKind = WorkspaceKind.COMPANY,
    email: str = "", is_host: bool = False, confirmed: bool = True,
) -> MadeWorkspace:  # fmt: skip
    """Make a workspace with an owner who is logged in."""
    email = email or f"owner-{token_hex(6)}@example.com"
    async with runtime.db.fast.transaction(accounts.new_workspace_id()) as conn:
        user_id = await UserRepository(conn).add(
            email=email, name="Olga Owner", password_hash=PASSWORD_HASH, locale=None,
            is_host=is_host, confirmed=confirmed,
        )  # fmt: skip
        made = await accounts.create_workspace(
            conn, name=name or f"Company {token_hex(4)}", kind=kind, owner=user_id,
            owner_name="Olga Owner",
        )  # fmt: skip
    owner = await _log_in(
        runtime, made.workspace_id, slug=made.slug, user_id=user_id, actor_id=made.actor_id,
        email=email, name="Olga Owner", role=Role.OWNER,
    )  # fmt: skip
    return MadeWorkspace(workspace_id=made.workspace_id, slug=made.slug, owner=owner)


async def make_person(
    runtime: Runtime, workspace: MadeWorkspace, *, role: Role = Role.OPERATOR,
    name: str = "Pavel Person", email: str = "", confirmed: bool = True,
) -> Made:  # fmt: skip
    """Make one more member of a workspace, logged in."""
    email = email or f"{role}-{token_hex(6)}@example.com"
    async with runtime.db.fast.transaction(workspace.workspace_id) as conn:
        user_id = await UserRepository(conn).add(
            email=email, name=name, password_hash=PASSWORD_HASH, locale=None, confirmed=confirmed
        )
        people = PeopleRepository(conn)
        actor_id = await people.add_actor(kind=ActorKind.USER, name=name, user_id=user_id)
        await people.add_member(actor_id, user_id, role=role)
    return await _log_in(
        runtime, workspace.workspace_id, slug=workspace.slug, user_id=user_id, actor_id=actor_id,
        email=email, name=name, role=role,
    )  # fmt: skip


async def make_actor(
    runtime: Runtime, workspace: WorkspaceId, *, kind: ActorKind = ActorKind.CONTACT,
    name: str = "Vera Visitor",
) -> ActorId:  # fmt: skip
    """Make a bare actor, such as a contact."""
    async with runtime.db.fast.transaction(workspace) as conn:
        return await accounts.create_actor(conn, kind=kind, name=name)


async def _log_in(
    runtime: Runtime, workspace: WorkspaceId, *, slug: str, user_id: UserId, actor_id: ActorId,
    email: str, name: str, role: Role,
) -> Made:  # fmt: skip
    async with runtime.db.fast.transaction(workspace) as conn:
        login = await accounts.open_session(
            conn, runtime.get(accounts.Accounts), user_id=user_id, workspace=workspace,
            caller=Caller(address="127.0.0.1", user_agent="tests"), kind=SessionKind.BEARER,
        )  # fmt: skip
    assert login.tokens is not None
    return Made(
        user_id=user_id, actor_id=actor_id, session_id=login.session_id, workspace_id=workspace,
        slug=slug, email=email, name=name, role=role, password=PASSWORD,
        token=login.tokens.access_token, refresh_token=login.tokens.refresh_token,
    )  # fmt: skip
