"""Sessions, refresh tokens and one-time links."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from besedka.core.db.connection import Conn, Row
from besedka.core.ids import SessionId, UserId, WorkspaceId
from besedka.kernel.accounts.types import Caller, OneTime, OpenSession, SessionKind

MAX_AGENT = 300
GRACE_SECONDS = 10


class SessionRepository:
    """Sessions of all users; every statement but the look-ups names the user."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(
        self, session_id: SessionId, user_id: UserId, *, secret_hash: bytes | None,
        workspace: WorkspaceId, caller: Caller, expires_at: datetime,
    ) -> None:  # fmt: skip
        """Insert a session: of a cookie when it has a secret, else of a bearer."""
        await self._conn.execute(
            "INSERT INTO session (id, user_id, kind, secret_hash, default_workspace_id, user_agent, address, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            session_id, user_id, SessionKind.COOKIE if secret_hash else SessionKind.BEARER, secret_hash, workspace,
            caller.user_agent[:MAX_AGENT], caller.address, expires_at,
        )  # fmt: skip

    async def list_open(self, user_id: UserId) -> list[OpenSession]:
        """Return a user's open sessions, the latest seen first."""
        rows = await self._conn.fetch(
            "SELECT id, kind, user_agent, address, created_at, last_seen_at FROM session"
            " WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()"
            " ORDER BY last_seen_at DESC, id LIMIT 200",
            user_id,
        )
        return [_open_session(row) for row in rows]

    async def revoke(self, user_id: UserId, session_id: SessionId) -> bool:
        """End one open session of a user; False when there is none."""
        ended = await self._conn.fetchval(
            "UPDATE session SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL"
            " AND expires_at > now() RETURNING true",
            session_id, user_id,
        )  # fmt: skip
        return bool(ended)

    async def revoke_others(self, user_id: UserId, keep: SessionId | None) -> list[SessionId]:
        """End a user's sessions, all or all but one; return which."""
        rows = await self._conn.fetch(
            "UPDATE session SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL"
            " AND id IS DISTINCT FROM $2 RETURNING id",
            user_id, keep,
        )  # fmt: skip
        return [SessionId(row["id"]) for row in rows]

    async def revoke_in(self, user_id: UserId, workspace: WorkspaceId) -> list[SessionId]:
        """End a user's sessions that open in a workspace; return which."""
        rows = await self._conn.fetch(
            "UPDATE session SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL"
            " AND default_workspace_id = $2 RETURNING id",
            user_id, workspace,
        )  # fmt: skip
        return [SessionId(row["id"]) for row in rows]

    async def set_workspace(self, session_id: SessionId, workspace: WorkspaceId) -> None:
        """Change the workspace that a session opens by default."""
        await self._conn.execute(
            "UPDATE session SET default_workspace_id = $2 WHERE id = $1", session_id, workspace
        )

    async def touch(self, session_id: SessionId, expires_at: datetime) -> None:
        """Record that a session is in use, and prolong it."""
        await self._conn.execute(
            "UPDATE session SET last_seen_at = now(), expires_at = greatest(expires_at, $2)"
            " WHERE id = $1 AND revoked_at IS NULL",
            session_id, expires_at,
        )  # fmt: skip

    async def note(self, ids: Collection[SessionId]) -> None:
        """Record that sessions are in use, where that was recorded last five minutes ago or more."""
        await self._conn.execute(
            "UPDATE session SET last_seen_at = now() WHERE id = ANY($1) AND revoked_at IS NULL"
            " AND last_seen_at < now() - interval '5 minutes'",
            list(ids),
        )

    async def knows_address(self, user_id: UserId, address: str) -> bool:
        """Whether a user was logged in from an address within the last 30 days."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM session WHERE user_id = $1 AND address = $2"
                " AND last_seen_at > now() - interval '30 days')",
                user_id, address,
            )
        )  # fmt: skip

    async def find_open(self, ids: Sequence[SessionId]) -> set[SessionId]:
        """Return which of some sessions are still open."""
        rows = await self._conn.fetch(
            "SELECT s.id FROM session s JOIN app_user u ON u.id = s.user_id AND u.disabled_at IS NULL"
            " WHERE s.id = ANY($1) AND s.revoked_at IS NULL AND s.expires_at > now()",
            list(ids),
        )
        return {SessionId(row["id"]) for row in rows}

    async def find_default_workspace(self, secret_hash: bytes) -> WorkspaceId | None:
        """Return the default workspace of a cookie's session."""
        found = await self._conn.fetchval(
            "SELECT default_workspace_id FROM session WHERE secret_hash = $1", secret_hash
        )
        return WorkspaceId(found) if found else None

    async def sweep(self) -> None:
        """Delete what ended more than 30 days ago, with its refresh tokens, and old links.

        When somebody was last there is kept with the user.
        """
        await self._conn.execute(
            "WITH gone AS (DELETE FROM session"
            " WHERE least(expires_at, revoked_at) < now() - interval '30 days' RETURNING user_id, last_seen_at)"
            " UPDATE app_user SET last_seen_at = greatest(app_user.last_seen_at, seen.last)"
            " FROM (SELECT user_id, max(last_seen_at) AS last FROM gone GROUP BY user_id) AS seen"
            " WHERE app_user.id = seen.user_id"
        )
        await self._conn.execute("DELETE FROM refresh_token WHERE expires_at < now()")
        await self._conn.execute(
            "DELETE FROM one_time_token WHERE least(expires_at, used_at) < now() - interval '30 days'"
        )


def _open_session(row: Row) -> OpenSession:
    return OpenSession(
        id=SessionId(row["id"]),
        kind=row["kind"],
        user_agent=row["user_agent"],
        address=row["address"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
    )


class RefreshRepository:
    """Chains of refresh tokens, by hash."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(self, token_hash: bytes, session_id: SessionId, *, expires_at: datetime) -> None:
        """Insert the next link of a chain."""
        await self._conn.execute(
            "INSERT INTO refresh_token (hash, session_id, expires_at) VALUES ($1, $2, $3)",
            token_hash, session_id, expires_at,
        )  # fmt: skip

    async def lock(self, token_hash: bytes) -> Row | None:
        """Return a token with its session and user, holding it until the transaction ends.

        Two that refresh with the same token wait for one another here. What the first one wrote is seen by a second
        statement only: the one that waited for the lock looks at the other rows as they were before.
        """
        await self._conn.execute("SELECT FROM refresh_token WHERE hash = $1 FOR UPDATE", token_hash)
        return await self._conn.fetchrow(
            "SELECT t.session_id, t.used_at, t.expires_at > now() AS fresh,"
            " t.used_at > now() - $2 * interval '1 second' AS just_used,"
            " s.user_id, s.default_workspace_id, s.revoked_at IS NULL AND s.expires_at > now()"
            " AND u.disabled_at IS NULL AS open,"
            " EXISTS (SELECT FROM refresh_token n WHERE n.hash = t.successor_hash AND n.used_at IS NULL) AS waiting"
            " FROM refresh_token t JOIN session s ON s.id = t.session_id JOIN app_user u ON u.id = s.user_id"
            " WHERE t.hash = $1",
            token_hash, GRACE_SECONDS,
        )  # fmt: skip

    async def spend(self, token_hash: bytes, successor_hash: bytes) -> None:
        """Mark a token as used."""
        await self._conn.execute(
            "UPDATE refresh_token SET used_at = now(), successor_hash = $2 WHERE hash = $1",
            token_hash, successor_hash,
        )  # fmt: skip


class LinkRepository:
    """One-time links, by hash."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(
        self, token_hash: bytes, *, kind: OneTime, user_id: UserId | None,
        data: Mapping[str, JsonValue], expires_at: datetime,
    ) -> None:  # fmt: skip
        """Insert a link."""
        await self._conn.execute(
            "INSERT INTO one_time_token (hash, kind, user_id, data, expires_at) VALUES ($1, $2, $3, $4, $5)",
            token_hash, kind, user_id, dict(data), expires_at,
        )  # fmt: skip

    async def find(self, token_hash: bytes, kind: OneTime) -> Row | None:
        """Return user and data of a link that still works, without using it."""
        return await self._conn.fetchrow(
            "SELECT user_id, data FROM one_time_token"
            " WHERE hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > now()",
            token_hash, kind,
        )  # fmt: skip

    async def spend(self, token_hash: bytes, kind: OneTime) -> Row | None:
        """Use a link; of many at once exactly one gets the row."""
        return await self._conn.fetchrow(
            "UPDATE one_time_token SET used_at = now()"
            " WHERE hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > now() RETURNING user_id, data",
            token_hash, kind,
        )  # fmt: skip

    async def withdraw_later(self, token_hash: bytes) -> None:
        """Make the unused links of a link's kind and user worthless that were made after it."""
        await self._conn.execute(
            "UPDATE one_time_token l SET used_at = now() FROM one_time_token f WHERE f.hash = $1"
            " AND l.kind = f.kind AND l.user_id = f.user_id AND l.created_at > f.created_at AND l.used_at IS NULL",
            token_hash,
        )

    async def withdraw(self, kind: OneTime, user_id: UserId | None) -> None:
        """Make the unused links of a kind worthless."""
        await self._conn.execute(
            "UPDATE one_time_token SET used_at = now()"
            " WHERE kind = $1 AND user_id IS NOT DISTINCT FROM $2 AND used_at IS NULL",
            kind, user_id,
        )  # fmt: skip
