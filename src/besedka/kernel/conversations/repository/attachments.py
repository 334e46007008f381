"""Files of messages."""

from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import ConversationId


class AttachmentRepository:
    """Reads which files belong to which messages; they are written with these."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def has(self, chat: ConversationId, seq: int, *, file_id: UUID) -> bool:
        """Whether a file belongs to the message of a place."""
        found: bool = await self._conn.fetchval(
            "SELECT EXISTS (SELECT FROM message_attachment"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3 AND file_id = $4)",
            self._conn.workspace, chat, seq, file_id,
        )  # fmt: skip
        return found

    async def of_chat(self, chat: ConversationId) -> list[UUID]:
        """Return the files of a conversation."""
        rows = await self._conn.fetch(
            "SELECT DISTINCT file_id FROM message_attachment WHERE workspace_id = $1 AND conversation_id = $2",
            self._conn.workspace, chat,
        )  # fmt: skip
        return [row["file_id"] for row in rows]
