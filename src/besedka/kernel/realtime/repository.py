"""Who may still listen: the sessions behind open sockets."""

from collections.abc import Collection

from besedka.core.db.connection import SystemConn
from besedka.core.ids import SessionId, WorkspaceId

_ROLES = """
SELECT s.id, m.workspace_id, m.role
FROM session s
JOIN app_user u ON u.id = s.user_id AND u.disabled_at IS NULL
JOIN membership m ON m.user_id = s.user_id AND m.deactivated_at IS NULL
JOIN workspace w ON w.id = m.workspace_id AND NOT (w.second_factor_required AND u.second_factor_at IS NULL)
WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > now()
"""


class SystemSessions:
    """Sessions of all workspaces, read as the system: one query for all sockets of a process."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def roles(
        self, sessions: Collection[SessionId | None]
    ) -> dict[tuple[SessionId | None, WorkspaceId], str]:
        """Return the role of each session that still holds, per workspace of its user."""
        rows = await self._conn.fetch(_ROLES, list(sessions))
        return {
            (SessionId(row["id"]), WorkspaceId(row["workspace_id"])): row["role"] for row in rows
        }
