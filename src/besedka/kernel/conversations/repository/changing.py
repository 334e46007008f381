"""Changes of stored messages. Each runs under the lock of its conversation, so that `mod` follows the commits."""

from collections.abc import Sequence
from datetime import datetime

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.rows import MESSAGE, SHOWN, message_of
from besedka.kernel.conversations.repository.words import words_of
from besedka.kernel.conversations.types import (
    MOST_REACTORS,
    ConversationId,
    Kind,
    Message,
    MessageId,
    Revision,
    Subject,
)

_LOCK = """
SELECT r.conversation_id, r.seq FROM message_ref r
JOIN conversation c ON c.workspace_id = r.workspace_id AND c.id = r.conversation_id
WHERE r.workspace_id = $1 AND r.id = $2
FOR NO KEY UPDATE OF c
"""

_SUBJECT = f"""
SELECT {MESSAGE}, c.kind AS chat_kind, p.role, coalesce(p.visible_from_seq, 0) AS visible_from_seq
FROM message m
JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id
JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
LEFT JOIN participant p ON p.workspace_id = m.workspace_id AND p.conversation_id = m.conversation_id
                        AND p.actor_id = $4 AND p.left_seq IS NULL
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
"""

# The newest message that is not deleted gives the conversation its preview; contacts have one of their own.
_IS_LAST = """NOT EXISTS (
  SELECT FROM message n WHERE n.workspace_id = $1 AND n.conversation_id = $2 AND n.seq > $3 AND n.deleted_at IS NULL
  AND {seen})"""
_LAST_BODY = f"""(
  SELECT {SHOWN.format(m="n")} FROM message n
  WHERE n.workspace_id = $1 AND n.conversation_id = $2 AND n.seq <> $3 AND n.deleted_at IS NULL AND {{seen}}
  ORDER BY n.seq DESC LIMIT 1)"""
_INSIDE, _OUTSIDE = "true", "n.visibility = 'public'"

# What replies quote follows the message, each reply with a `mod` of its own after the message's.
_REPLIES = """q AS (
  SELECT m.seq, row_number() OVER (ORDER BY m.seq) AS place FROM message m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.reply_seq = $3 AND m.deleted_at IS NULL
), c AS (
  UPDATE conversation SET mod = mod + 1 + (SELECT count(*) FROM q), {more}
  WHERE workspace_id = $1 AND id = $2
  RETURNING mod - (SELECT count(*) FROM q) AS mod
), u AS (
  UPDATE message m SET quote = jsonb_set(m.quote, '{{body}}', to_jsonb({body}::text)), is_changed = true, mod = c.mod + q.place FROM q, c
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = q.seq
)"""

_WORDS = words_of(
    workspace="$1", chat="$2", chat_kind="o.kind", sender="m.sender_id", kind="m.kind", body="$4",
    attached="m.attachments IS NOT NULL",
)  # fmt: skip

_EDIT = f"""
WITH {
    _REPLIES.format(
        more=f"preview = CASE WHEN {_IS_LAST.format(seen=_INSIDE)} THEN $6 ELSE preview END,"
        f" public_preview = CASE WHEN $7::bool AND {_IS_LAST.format(seen=_OUTSIDE)} THEN $6 ELSE public_preview END",
        body="$6",
    )
}, r AS (
  INSERT INTO message_revision (workspace_id, conversation_id, seq, number, body, created_at)
  SELECT $1, $2, $3, $8::int, m.body, coalesce(m.edited_at, m.created_at) FROM message m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
), w AS (
  UPDATE message_ref f SET words = {
    _WORDS
} FROM message m JOIN conversation o ON o.workspace_id = $1 AND o.id = $2
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3 AND f.workspace_id = $1 AND f.id = m.id
)
UPDATE message m SET body = $4, edited_at = $5, is_changed = true, mod = c.mod FROM c
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
RETURNING m.mod
"""

_LAST_BODIES = f"""
SELECT {_LAST_BODY.format(seen=_INSIDE)} AS inside, {_LAST_BODY.format(seen=_OUTSIDE)} AS outside
"""

_DELETE = f"""
WITH {_REPLIES.format(more="preview = $5, public_preview = $6", body="''")}, r AS (
  DELETE FROM message_revision WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3
), e AS (
  DELETE FROM reaction WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3
), n AS (
  DELETE FROM mention WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3
), f AS (
  DELETE FROM message_attachment WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3
), w AS (
  UPDATE message_ref f SET words = '' FROM message m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3 AND f.workspace_id = $1 AND f.id = m.id
)
UPDATE message m SET
  body = '', meta = '{{}}'::jsonb, quote = NULL, reactions = NULL, attachments = NULL, pinned_at = NULL, deleted_at = $4, is_changed = true, mod = c.mod
FROM c
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
RETURNING m.mod
"""

_REACT = """
INSERT INTO reaction (workspace_id, conversation_id, seq, emoji, actor_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""
_UNREACT = """
DELETE FROM reaction WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3 AND emoji = $4 AND actor_id = $5
"""
_SHOW_REACTIONS = f"""
WITH c AS (
  UPDATE conversation SET mod = mod + 1 WHERE workspace_id = $1 AND id = $2 RETURNING mod
), g AS (
  SELECT jsonb_agg(jsonb_build_object('emoji', x.emoji, 'count', x.count, 'actors', x.actors) ORDER BY x.first, x.emoji)
         AS shown
  FROM (
    SELECT emoji, count(*) AS count, min(created_at) AS first,
           (array_agg(actor_id ORDER BY created_at, actor_id))[1:{MOST_REACTORS}] AS actors
    FROM reaction WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3 GROUP BY emoji) x
)
UPDATE message m SET reactions = g.shown, is_changed = true, mod = c.mod FROM c, g
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
RETURNING m.mod, m.reactions::text
"""

_COUNT_THREAD = """
WITH g AS (
  SELECT count(*) AS count, max(m.seq) AS last_seq, max(m.created_at) AS last_at FROM message m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.thread_root_seq = $3 AND m.deleted_at IS NULL
), c AS (
  UPDATE conversation SET mod = mod + 1 WHERE workspace_id = $1 AND id = $2 RETURNING mod
)
UPDATE message m SET is_changed = true, mod = c.mod, thread = CASE WHEN g.count > 0 THEN
  jsonb_build_object('count', g.count, 'last_seq', g.last_seq, 'last_at', g.last_at) END
FROM c, g
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
"""

_PIN = """
WITH c AS (
  UPDATE conversation SET mod = mod + 1 WHERE workspace_id = $1 AND id = $2 RETURNING mod
)
UPDATE message m SET pinned_at = $4, is_changed = true, mod = c.mod FROM c
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = $3
RETURNING m.mod
"""


class ChangingRepository:
    """Changes messages that are stored, in a transaction that has locked their conversation."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def lock(self, message: MessageId, *, actor: ActorId) -> Subject | None:
        """Lock a message's conversation until the commit, and return the message as it is then."""
        place = await self._conn.fetchrow(_LOCK, self._conn.workspace, message)
        if place is None:
            return None
        row = await self._conn.fetchrow(_SUBJECT, self._conn.workspace, *place.values(), actor)
        if row is None:
            return None
        return Subject(
            message=message_of(row),
            chat_kind=Kind(row["chat_kind"]),
            role=row["role"],
            visible_from_seq=row["visible_from_seq"],
        )

    async def edit(
        self, message: Message, *, body: str, preview: str, number: int, moment: datetime
    ) -> int:
        """Give a message other words, keep those it had as a revision, and return its new `mod`."""
        mod: int = await self._conn.fetchval(
            _EDIT, self._conn.workspace, message.conversation_id, message.seq, body, moment, preview,
            message.visibility == "public", number,
        )  # fmt: skip
        return mod

    async def last_but(self, message: Message) -> tuple[str, str]:
        """Return the newest words of a conversation without a message's: inside, and as contacts see it."""
        row = await self._conn.fetchrow(
            _LAST_BODIES, self._conn.workspace, message.conversation_id, message.seq
        )
        return ("", "") if row is None else (row["inside"] or "", row["outside"] or "")

    async def delete(
        self, message: Message, *, moment: datetime, preview: str, public_preview: str
    ) -> int:
        """Leave nothing of a message but its place, and return its new `mod`."""
        mod: int = await self._conn.fetchval(
            _DELETE, self._conn.workspace, message.conversation_id, message.seq, moment, preview, public_preview,
        )  # fmt: skip
        return mod

    async def react(
        self, message: Message, emoji: str, *, actor: ActorId, moment: datetime | None
    ) -> bool:
        """Put an actor's sign under a message, or with no moment take it away; False when that was so already."""
        place = (self._conn.workspace, message.conversation_id, message.seq, emoji, actor)
        if moment is None:
            return await self._conn.execute(_UNREACT, *place) == "DELETE 1"
        return await self._conn.execute(_REACT, *place, moment) == "INSERT 0 1"

    async def show_reactions(self, message: Message) -> tuple[int, str | None]:
        """Count a message's reactions anew, and return its new `mod` and what is shown."""
        row = await self._conn.fetchrow(
            _SHOW_REACTIONS, self._conn.workspace, message.conversation_id, message.seq
        )
        assert row is not None
        return row["mod"], row["reactions"]

    async def count_thread(self, chat: ConversationId, root_seq: int) -> None:
        """Count a thread's answers anew."""
        await self._conn.execute(_COUNT_THREAD, self._conn.workspace, chat, root_seq)

    async def pin(self, message: Message, *, moment: datetime | None) -> int:
        """Pin a message, or with no moment unpin it, and return its new `mod`."""
        mod: int = await self._conn.fetchval(
            _PIN, self._conn.workspace, message.conversation_id, message.seq, moment
        )
        return mod

    async def count_pins(self, chat: ConversationId) -> int:
        """Return how many messages of a conversation are pinned."""
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM message"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND pinned_at IS NOT NULL",
            self._conn.workspace,
            chat,
        )
        return count

    async def count_revisions(self, chat: ConversationId, seq: int) -> int:
        """Return how often a message was edited."""
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM message_revision"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3",
            self._conn.workspace,
            chat,
            seq,
        )
        return count

    async def list_revisions(self, chat: ConversationId, seq: int) -> list[Revision]:
        """Return what a message said before, the first words first."""
        rows = await self._conn.fetch(
            "SELECT number, body, created_at FROM message_revision"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3 ORDER BY number",
            self._conn.workspace,
            chat,
            seq,
        )
        return [Revision(*row.values()) for row in rows]

    async def revisions_of(
        self, chat: ConversationId, seqs: Sequence[int]
    ) -> dict[int, list[Revision]]:
        """Return what some messages said before, by their places, the first words first."""
        rows = await self._conn.fetch(
            "SELECT seq, number, body, created_at FROM message_revision"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND seq = ANY($3::bigint[]) ORDER BY seq, number",
            self._conn.workspace,
            chat,
            list(seqs),
        )
        found: dict[int, list[Revision]] = {}
        for seq, *revision in (row.values() for row in rows):
            found.setdefault(seq, []).append(Revision(*revision))
        return found
