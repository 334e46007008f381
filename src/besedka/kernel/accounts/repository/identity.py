"""The one statement of every authenticated request."""

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import SessionId
from besedka.kernel.accounts.types import KeyId

_LOOK = (
    "SELECT s.id AS session_id, s.user_id, s.default_workspace_id,"
    " s.last_seen_at < now() - interval '5 minutes' AS unseen,"
    " u.name, u.email, u.locale, u.email_confirmed_at IS NOT NULL AS confirmed, u.is_host,"
    " (w.second_factor_required AND u.second_factor_at IS NULL) IS TRUE AS unguarded,"
    " w.slug, w.name AS workspace_name, w.kind AS workspace_kind, m.actor_id, m.role"
    " FROM session s JOIN app_user u ON u.id = s.user_id AND u.disabled_at IS NULL"
    " LEFT JOIN workspace w ON w.id = $2"
    " LEFT JOIN membership m ON m.workspace_id = $2 AND m.user_id = s.user_id AND m.deactivated_at IS NULL"
    " WHERE s.revoked_at IS NULL AND s.expires_at > now()"
)
_BY_SESSION = f"{_LOOK} AND s.id = $1 AND s.kind = 'bearer'"
_BY_SECRET = f"{_LOOK} AND s.secret_hash = $1"
_BY_KEY = (
    "SELECT NULL::uuid AS session_id, k.id AS key_id, k.scopes, k.per_minute,"
    " (k.last_used_at > now() - interval '1 minute') IS NOT TRUE AS unseen, m.user_id,"
    " u.name, u.email, u.locale, u.email_confirmed_at IS NOT NULL AS confirmed, false AS is_host,"
    " w.second_factor_required AND u.second_factor_at IS NULL AS unguarded,"
    " w.slug, w.name AS workspace_name, w.kind AS workspace_kind, m.actor_id, m.role"
    " FROM api_key k"
    " JOIN membership m ON m.workspace_id = k.workspace_id AND m.actor_id = k.actor_id"
    " AND m.deactivated_at IS NULL"
    " JOIN app_user u ON u.id = m.user_id AND u.disabled_at IS NULL"
    " JOIN workspace w ON w.id = k.workspace_id"
    " WHERE k.workspace_id = $2 AND k.hash = $1 AND (k.expires_at IS NULL OR k.expires_at > now())"
)


class IdentityRepository:
    """Session, user, workspace and membership, verified together.

    The row is there when the session is open; `role` is null when its user is not a member of the connection's
    workspace, `slug` when there is no such workspace.
    """

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find_by_session(self, session_id: SessionId) -> Row | None:
        """Look at a bearer's session."""
        return await self._conn.fetchrow(_BY_SESSION, session_id, self._conn.workspace)

    async def find_by_secret(self, secret_hash: bytes) -> Row | None:
        """Look at a cookie's session."""
        return await self._conn.fetchrow(_BY_SECRET, secret_hash, self._conn.workspace)

    async def find_by_key(self, key_hash: bytes) -> Row | None:
        """Look at an API key of the connection's workspace, and at its maker's place there."""
        return await self._conn.fetchrow(_BY_KEY, key_hash, self._conn.workspace)

    async def touch_key(self, key_id: KeyId) -> None:
        """Record that a key is in use, at most once a minute."""
        await self._conn.execute(
            "UPDATE api_key SET last_used_at = now() WHERE workspace_id = $1 AND id = $2"
            " AND (last_used_at > now() - interval '1 minute') IS NOT TRUE",
            self._conn.workspace, key_id,
        )  # fmt: skip
