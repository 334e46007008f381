"""Conversations in the trash. Whoever takes part in one has left it, so every wall holds as for those who are out."""

from collections.abc import Sequence
from datetime import timedelta

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.conversations.types import ConversationId

_THROW = """
WITH c AS (
  UPDATE conversation SET trashed_at = now(), members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = $2 AND trashed_at IS NULL RETURNING id, last_seq
)
UPDATE participant p SET left_seq = c.last_seq FROM c
WHERE p.workspace_id = $1 AND p.conversation_id = c.id AND p.left_seq IS NULL
"""

_TAKE_BACK = """
WITH c AS (
  UPDATE conversation SET trashed_at = NULL, members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = $2 AND trashed_at IS NOT NULL RETURNING id
)
UPDATE participant p SET left_seq = NULL FROM c
WHERE p.workspace_id = $1 AND p.conversation_id = c.id AND p.role = 'owner'
"""


class TrashRepository:
    """The trash of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def throw(self, chat: ConversationId) -> None:
        """Put a conversation into the trash."""
        await self._conn.execute(_THROW, self._conn.workspace, chat)

    async def take_back(self, chat: ConversationId) -> None:
        """Take a conversation out of the trash, for its owner."""
        await self._conn.execute(_TAKE_BACK, self._conn.workspace, chat)

    async def lock_trashed(self, chat: ConversationId) -> bool:
        """Lock a conversation that is in the trash; False when it is not there any more."""
        return bool(
            await self._conn.fetchval(
                "SELECT true FROM conversation WHERE workspace_id = $1 AND id = $2"
                " AND trashed_at IS NOT NULL FOR UPDATE",
                self._conn.workspace, chat,
            )
        )  # fmt: skip


async def find_old(
    conn: SystemConn, *, older_than: timedelta, limit: int
) -> Sequence[tuple[WorkspaceId, ConversationId]]:
    """Return conversations of all workspaces that have been in the trash for long, the oldest first."""
    rows = await conn.fetch(
        "SELECT workspace_id, id FROM conversation WHERE trashed_at < now() - $1::interval"
        " ORDER BY trashed_at LIMIT $2",
        older_than, limit,
    )  # fmt: skip
    return [(WorkspaceId(row["workspace_id"]), ConversationId(row["id"])) for row in rows]
