"""Who makes a request. One statement verifies session, user, workspace and membership, every time."""

from typing import cast
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import Row
from besedka.core.errors import NotFound
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, SessionId, UserId, WorkspaceId, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import KeyRefused, NoWorkspace, SessionEnded
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.identity import IdentityRepository
from besedka.kernel.accounts.repository.people import SystemMemberships, WorkspaceRepository
from besedka.kernel.accounts.repository.sessions import SessionRepository
from besedka.kernel.accounts.service.keys import MARK, workspace_of
from besedka.kernel.accounts.service.sessions import LIFETIME
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Identity, KeyId

TRIES = 3


async def identify_bearer(runtime: Runtime, token: str, wanted: str | None) -> Identity:
    """Return who carries an access token or an API key, in the wanted workspace (slug or id) or their own.

    Raises Unauthenticated, TokenExpired, SessionEnded, KeyRefused; NotFound for a workspace that is not there or not
    theirs; RateLimited for a person or a key that asks too often.
    """
    accounts = runtime.get(Accounts)
    if token.startswith(MARK):
        return await _identify_key(runtime, accounts, token, wanted)
    claims = accounts.tokens.read(token)
    session_id = claims.session_id
    if wanted is not None:
        return await _in_wanted(runtime, accounts, session_id, wanted)
    workspace = accounts.session_workspace.get(session_id) or claims.workspace_id
    return await _in_own(runtime, accounts, session_id, workspace)


async def identify_cookie(runtime: Runtime, cookie: str, wanted: str | None) -> Identity:
    """Return who carries a session cookie. Raises SessionEnded; NotFound as above."""
    accounts = runtime.get(Accounts)
    secret = token_hash(cookie)
    if wanted is not None:
        return await _in_wanted(runtime, accounts, secret, wanted)
    workspace = accounts.session_workspace.get(secret)
    if workspace is None:
        async with runtime.db.fast.acquire(NOWHERE) as conn:
            workspace = await SessionRepository(conn).find_default_workspace(secret)
        if workspace is None:
            raise SessionEnded
        accounts.session_workspace.put(secret, workspace)
    return await _in_own(runtime, accounts, secret, workspace)


async def _identify_key(
    runtime: Runtime, accounts: Accounts, token: str, wanted: str | None
) -> Identity:
    """A key works in its own workspace alone, and may what both its scopes and its maker's role allow."""
    workspace = workspace_of(token)
    async with runtime.db.fast.acquire(workspace) as conn:
        repository = IdentityRepository(conn)
        row = await repository.find_by_key(token_hash(token))
        if row is None:
            raise KeyRefused
        if row["unseen"]:
            await repository.touch_key(KeyId(row["key_id"]))
    if wanted is not None and wanted not in {row["slug"], str(workspace)}:
        raise NotFound
    if accounts.pace is not None:
        accounts.pace.hit(row["key_id"], limit=row["per_minute"])
    permissions = accounts.may(row["role"]).intersection(row["scopes"])
    return _identity(row, workspace, permissions, by_cookie=False, key_id=KeyId(row["key_id"]))


async def _in_own(
    runtime: Runtime, accounts: Accounts, key: SessionId | bytes, workspace: WorkspaceId
) -> Identity:
    """Follow the session's default workspace from a guess; it can have moved since."""
    for _ in range(TRIES):
        row = await _look(runtime, key, workspace)
        default = row["default_workspace_id"]
        if default != workspace:
            workspace = default
            accounts.session_workspace.put(key, workspace)
        elif row["role"] is not None:
            return _person(accounts, row, workspace, by_cookie=isinstance(key, bytes))
        else:
            workspace = await _move(runtime, row)
            accounts.session_workspace.put(key, workspace)
    raise NoWorkspace


async def _in_wanted(
    runtime: Runtime, accounts: Accounts, key: SessionId | bytes, wanted: str
) -> Identity:
    workspace = await _named(runtime, accounts, wanted)
    row = await _look(runtime, key, workspace or NOWHERE)
    if row["slug"] is not None and wanted not in {row["slug"], str(workspace)}:
        accounts.slug_workspace.forget(wanted)
        workspace = await _named(runtime, accounts, wanted)
        row = await _look(runtime, key, workspace or NOWHERE)
    if workspace is None or row["role"] is None:
        raise NotFound
    return _person(accounts, row, workspace, by_cookie=isinstance(key, bytes))


async def _named(runtime: Runtime, accounts: Accounts, wanted: str) -> WorkspaceId | None:
    """Return the workspace of a slug or id; a remembered slug is only a guess."""
    try:
        return WorkspaceId(UUID(wanted))
    except ValueError:
        pass
    guess = accounts.slug_workspace.get(wanted)
    if guess is not None:
        return guess
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        found = await WorkspaceRepository(conn).find_by_slug(wanted)
    if found is not None:
        accounts.slug_workspace.put(wanted, found)
    return found


async def _look(runtime: Runtime, key: SessionId | bytes, workspace: WorkspaceId) -> Row:
    async with runtime.db.fast.acquire(workspace) as conn:
        repository = IdentityRepository(conn)
        if isinstance(key, bytes):
            row = await repository.find_by_secret(key)
        else:
            row = await repository.find_by_session(key)
        if row is None:
            raise SessionEnded
        if row["unseen"]:
            await SessionRepository(conn).touch(row["session_id"], now() + LIFETIME)
        return row


async def _move(runtime: Runtime, row: Row) -> WorkspaceId:
    """Give a session whose user left its workspace another one of theirs. Raises NoWorkspace."""
    async with runtime.db.system.acquire() as conn:
        places = await SystemMemberships(conn).list_for(UserId(row["user_id"]))
        if not places:
            raise NoWorkspace
        await SessionRepository(conn).set_workspace(SessionId(row["session_id"]), places[0].id)
    return places[0].id


def _person(accounts: Accounts, row: Row, workspace: WorkspaceId, *, by_cookie: bool) -> Identity:
    if accounts.pace is not None:
        accounts.pace.hit(row["user_id"])
    return _identity(row, workspace, accounts.may(row["role"]), by_cookie=by_cookie)


def _identity(
    row: Row, workspace: WorkspaceId, permissions: frozenset[str], *, by_cookie: bool,
    key_id: KeyId | None = None,
) -> Identity:  # fmt: skip
    return Identity(
        UserId(row["user_id"]),
        row["session_id"],
        workspace,
        row["slug"],
        row["workspace_name"],
        row["workspace_kind"],
        ActorId(row["actor_id"]),
        row["role"],
        permissions,
        row["name"],
        row["email"],
        cast(Locale | None, row["locale"]),
        row["confirmed"],
        row["is_host"],
        by_cookie,
        key_id,
        row["unguarded"],
    )
