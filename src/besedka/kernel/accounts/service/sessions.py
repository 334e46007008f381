"""Sessions: opened at log-in, renewed by refresh tokens or by use, ended at once."""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import Conn, TenantConn
from besedka.core.ids import SessionId, UserId, WorkspaceId, new_token, random_id, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import NotByKey, RefreshRefused, SessionNotFound
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.keys import SystemKeys
from besedka.kernel.accounts.repository.second import ChallengeRepository
from besedka.kernel.accounts.repository.sessions import RefreshRepository, SessionRepository
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.service.tokens import LIFETIME_SECONDS
from besedka.kernel.accounts.types import (
    Caller,
    Identity,
    Login,
    OpenSession,
    SessionKind,
    Tokens,
)

log = structlog.get_logger(__name__)

LIFETIME = timedelta(days=30)


async def open_session(
    conn: Conn, accounts: Accounts, *, user_id: UserId, workspace: WorkspaceId, caller: Caller,
    kind: SessionKind,
) -> Login:  # fmt: skip
    """Open a session with a new id and new secrets, whatever the caller carried before."""
    session_id = SessionId(random_id())
    cookie = new_token() if kind is SessionKind.COOKIE else None
    expires_at = now() + LIFETIME
    await SessionRepository(conn).add(
        session_id, user_id, secret_hash=token_hash(cookie) if cookie else None,
        workspace=workspace, caller=caller, expires_at=expires_at,
    )  # fmt: skip
    tokens = None
    if kind is SessionKind.BEARER:
        refresh = new_token()
        await RefreshRepository(conn).add(token_hash(refresh), session_id, expires_at=expires_at)
        tokens = _tokens(accounts, session_id, user_id, workspace, refresh)
    return Login(
        user_id=user_id,
        session_id=session_id,
        workspace_id=workspace,
        cookie=cookie,
        tokens=tokens,
    )


def _tokens(
    accounts: Accounts, session_id: SessionId, user_id: UserId, workspace: WorkspaceId, refresh: str
) -> Tokens:
    return Tokens(
        access_token=accounts.tokens.issue(session_id, user_id, workspace_id=workspace),
        expires_in=LIFETIME_SECONDS,
        refresh_token=refresh,
    )


async def refresh(runtime: Runtime, token: str) -> Tokens:
    """Exchange a refresh token for new tokens. Raises RefreshRefused.

    A token's successor is an HMAC of it, so those who refresh at the same moment get the same one, and nothing
    secret is stored. A token that comes again later was copied: the whole session ends (RFC 9700, 4.14.2).
    """
    accounts = runtime.get(Accounts)
    successor = _successor(accounts, token)
    async with runtime.db.fast.transaction(NOWHERE) as conn:
        found = await _exchange(conn, token_hash(token), token_hash(successor))
    if found is None:
        raise RefreshRefused
    if found.stolen:
        log.warning("refresh token reused, session ended", session=str(found.session_id))
        accounts.announce_end(found.session_id)
        raise RefreshRefused
    return _tokens(accounts, found.session_id, found.user_id, found.workspace_id, successor)


def _successor(accounts: Accounts, token: str) -> str:
    code = hmac.digest(accounts.refresh_key, token.encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class _Exchange:
    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    stolen: bool


async def _exchange(conn: Conn, spent: bytes, successor: bytes) -> _Exchange | None:
    tokens = RefreshRepository(conn)
    row = await tokens.lock(spent)
    if row is None or not row["open"] or not row["fresh"]:
        return None
    session_id, user_id = SessionId(row["session_id"]), UserId(row["user_id"])
    stolen = False
    if row["used_at"] is None:
        await tokens.spend(spent, successor)
        await tokens.add(successor, session_id, expires_at=now() + LIFETIME)
        await SessionRepository(conn).touch(session_id, now() + LIFETIME)
    elif not (row["just_used"] and row["waiting"]):
        await SessionRepository(conn).revoke(user_id, session_id)
        stolen = True
    return _Exchange(session_id, user_id, WorkspaceId(row["default_workspace_id"]), stolen)


def session_of(identity: Identity) -> SessionId:
    """Return the session of a request. Raises NotByKey where an API key asks."""
    if identity.session_id is None:
        raise NotByKey
    return identity.session_id


async def log_out(conn: Conn, accounts: Accounts, identity: Identity) -> None:
    """End the session of a request."""
    await SessionRepository(conn).revoke(identity.user_id, session_of(identity))
    conn.on_commit(partial(accounts.announce_end, session_of(identity)))


async def sessions(conn: Conn, user_id: UserId) -> list[OpenSession]:
    """Return a user's open sessions."""
    return await SessionRepository(conn).list_open(user_id)


async def revoke(conn: Conn, accounts: Accounts, *, user_id: UserId, session_id: SessionId) -> None:
    """End one session of a user. Raises SessionNotFound."""
    if not await SessionRepository(conn).revoke(user_id, session_id):
        raise SessionNotFound
    conn.on_commit(partial(accounts.announce_end, session_id))


async def revoke_others(
    conn: Conn, accounts: Accounts, *, user_id: UserId, keep: SessionId | None
) -> int:
    """End a user's sessions, all or all but one; return how many."""
    ended = await SessionRepository(conn).revoke_others(user_id, keep)
    for each in ended:
        conn.on_commit(partial(accounts.announce_end, each))
    return len(ended)


async def revoke_in(conn: TenantConn, accounts: Accounts, user_id: UserId) -> None:
    """End a user's sessions that open in the connection's workspace."""
    for each in await SessionRepository(conn).revoke_in(user_id, conn.workspace):
        conn.on_commit(partial(accounts.announce_end, each))


async def find_open(conn: Conn, ids: list[SessionId]) -> set[SessionId]:
    """Return which of some sessions are still open, for sockets that outlive their request."""
    return await SessionRepository(conn).find_open(ids)


async def note_use(conn: Conn, ids: Collection[SessionId]) -> None:
    """Record that sessions are in use, as their requests would."""
    await SessionRepository(conn).note(ids)


async def sweep(conn: Conn) -> None:
    """Delete sessions, tokens, links and keys that ended long ago."""
    await SessionRepository(conn).sweep()
    await SystemKeys(conn).sweep()
    await ChallengeRepository(conn).sweep()
