"""SQL of messages that were said elsewhere."""

from collections.abc import Sequence
from typing import Final

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.repository.words import words_of
from besedka.kernel.conversations.types import ConversationId, Said

# Only into a conversation in which nothing was said yet.
_WRITE: Final = """
WITH c AS (
  UPDATE conversation SET last_seq = $3::int, mod = mod + $3::int, last_public_seq = $3::int, last_message_at = $4,
    preview = $5, public_preview = $5
  WHERE workspace_id = $1 AND id = $2 AND last_seq = 0 RETURNING id, mod - $3::int AS mod, kind
), n AS (
  SELECT c.id AS chat, c.kind AS chat_kind, c.mod + t.place AS mod, t.place AS seq, t.id, t.sender_id, 'text' AS kind,
         t.body, t.meta, t.created_at
  FROM c, unnest($6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::timestamptz[]) WITH ORDINALITY
    AS t (id, sender_id, body, meta, created_at, place)
), m AS (
  INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, kind, visibility, body, meta,
                       created_at)
  SELECT $1, n.chat, n.seq, n.id, n.mod, n.sender_id, n.id::text, n.kind, 'public', n.body, n.meta::jsonb, n.created_at
  FROM n
), r AS (
  INSERT INTO message_ref (workspace_id, id, conversation_id, seq, words)
  SELECT $1, n.id, n.chat, n.seq, {words} FROM n
)
SELECT EXISTS (SELECT FROM c)
""".format(
    words=words_of(
        workspace="$1", chat="n.chat", chat_kind="n.chat_kind", sender="n.sender_id", kind="n.kind", body="n.body"
    )
)  # fmt: skip


class HistoryRepository:
    """What was said elsewhere, in one conversation."""

    def __init__(self, conn: TenantConn, chat: ConversationId) -> None:
        self._conn, self._chat = conn, chat

    async def write(self, said: Sequence[Said], *, preview: str) -> bool:
        """Store messages at the places 1, 2, 3…; False when the conversation has some already."""
        return bool(
            await self._conn.fetchval(
                _WRITE, self._conn.workspace, self._chat, len(said), max(each.created_at for each in said), preview,
                [each.id for each in said], [each.sender_id for each in said], [each.body for each in said],
                [each.meta for each in said], [each.created_at for each in said],
            )
        )  # fmt: skip
