"""Who is named in messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.rows import MESSAGE, message_of
from besedka.kernel.conversations.types import ConversationId, Kind, Mention, Message

# Those who see everything of the conversation: people who take part, and in dialogs all who may read dialogs.
_INSIDERS = """
SELECT a.id, a.name FROM actor a
WHERE a.workspace_id = $1 AND a.kind = 'user' AND a.name <> '' AND (
  EXISTS (SELECT FROM participant p
          WHERE p.workspace_id = $1 AND p.conversation_id = $2 AND p.actor_id = a.id AND p.left_seq IS NULL)
  OR EXISTS (SELECT FROM membership m JOIN conversation c ON c.workspace_id = $1 AND c.id = $2
             WHERE m.workspace_id = $1 AND m.actor_id = a.id AND c.kind = 'dialog' AND m.role = ANY($3::text[])))
"""

_SET = """
WITH gone AS (
  DELETE FROM mention
  WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3 AND actor_id <> ALL($4::uuid[])
)
INSERT INTO mention (workspace_id, actor_id, conversation_id, seq) SELECT $1, actor, $2, $3 FROM unnest($4::uuid[]) AS actor
ON CONFLICT DO NOTHING
RETURNING actor_id
"""

_MINE = f"""
SELECT {MESSAGE}, x.created_at AS mentioned_at, x.read_at, c.kind AS chat_kind
FROM mention x
JOIN message m ON m.workspace_id = x.workspace_id AND m.conversation_id = x.conversation_id AND m.seq = x.seq
JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id
JOIN conversation c ON c.workspace_id = x.workspace_id AND c.id = x.conversation_id
LEFT JOIN participant p ON p.workspace_id = x.workspace_id AND p.conversation_id = x.conversation_id
                        AND p.actor_id = x.actor_id AND p.left_seq IS NULL
WHERE x.workspace_id = $1 AND x.actor_id = $2 AND m.seq > coalesce(p.visible_from_seq, 0)
  AND (p.actor_id IS NOT NULL OR (c.kind = 'dialog' AND $3::bool))
  AND (NOT $4::bool OR x.read_at IS NULL)
  AND ($5::timestamptz IS NULL OR (x.created_at, m.id) < ($5, $6::uuid))
ORDER BY x.created_at DESC, m.id DESC LIMIT $7
"""


class MentionRepository:
    """Keeps who is named where."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insiders(
        self, chat: ConversationId, *, staff_roles: Collection[str]
    ) -> dict[ActorId, str]:
        """Return the people who see everything of a conversation, with their names."""
        rows = await self._conn.fetch(_INSIDERS, self._conn.workspace, chat, list(staff_roles))
        return {ActorId(row["id"]): row["name"] for row in rows}

    async def set(self, message: Message, actors: Collection[ActorId]) -> list[ActorId]:
        """Have a message name these and nobody else; return whom it did not name before."""
        rows = await self._conn.fetch(
            _SET, self._conn.workspace, message.conversation_id, message.seq, list(actors)
        )
        return [ActorId(row["actor_id"]) for row in rows]

    async def of_actor(
        self, actor: ActorId, *, staff: bool, unread: bool, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[Mention]:  # fmt: skip
        """Return the messages that name an actor and that it may read, the last mention first."""
        rows = await self._conn.fetch(
            _MINE, self._conn.workspace, actor, staff, unread, before[0] if before else None,
            before[1] if before else None, limit,
        )  # fmt: skip
        return [
            Mention(message_of(row), row["mentioned_at"], row["read_at"], Kind(row["chat_kind"]))
            for row in rows
        ]
