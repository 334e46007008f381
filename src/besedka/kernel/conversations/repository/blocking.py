"""Contacts who may not write, and what people inside look at beside a dialog."""

from collections.abc import Sequence
from datetime import datetime

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId, PastDialog


class BlockingRepository:
    """Keeps contacts from writing."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def set(
        self, contact: ActorId, *, moment: datetime | None, chats: Sequence[ConversationId]
    ) -> None:
        """Block a contact, or with no moment let it write; whoever remembers the members of its chats looks again."""
        await self._conn.execute(
            "UPDATE contact SET blocked_at = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, contact, moment,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE conversation SET members_epoch = members_epoch + 1, mod = mod + 1"
            " WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
            self._conn.workspace, list(chats),
        )  # fmt: skip

    async def is_blocked(self, contact: ActorId) -> bool:
        """Whether a contact may not write."""
        found: bool = await self._conn.fetchval(
            "SELECT EXISTS (SELECT FROM contact WHERE workspace_id = $1 AND id = $2 AND blocked_at IS NOT NULL)",
            self._conn.workspace, contact,
        )  # fmt: skip
        return found


class HistoryRepository:
    """Reads a contact's dialogs, by its places in them: the whole list is not looked through."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def dialogs(self, contact: ActorId, *, limit: int) -> list[PastDialog]:
        """Return a contact's dialogs, those with the newest messages first."""
        rows = await self._conn.fetch(
            "SELECT c.id, c.state, coalesce(c.meta->>'channel', '') AS channel, c.preview,"
            " coalesce(c.last_message_at, c.created_at) AS last_message_at FROM participant p"
            " JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id"
            " WHERE p.workspace_id = $1 AND p.actor_id = $2 AND p.role = 'contact' AND c.kind = 'dialog'"
            " ORDER BY coalesce(c.last_message_at, c.created_at) DESC, c.id DESC LIMIT $3",
            self._conn.workspace, contact, limit,
        )  # fmt: skip
        return [
            PastDialog(
                ConversationId(row["id"]), row["state"], row["channel"], row["preview"], row["last_message_at"]
            )
            for row in rows
        ]  # fmt: skip
