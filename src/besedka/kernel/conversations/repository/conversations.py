"""Conversations and their participants, written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.rows import (
    CONVERSATION,
    conversation_of,
    participant_of,
)
from besedka.kernel.conversations.types import (
    Conversation,
    ConversationId,
    DialogChange,
    Kind,
    Participant,
    Unset,
)

_CREATE = f"""
WITH c AS (
  INSERT INTO conversation (workspace_id, id, kind, title, state, direct_key, meta, last_message_at, listed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $5::text IS NULL THEN NULL ELSE now() END,
          CASE WHEN $5::text = 'resolved' THEN now() END)
  ON CONFLICT (workspace_id, direct_key) WHERE direct_key IS NOT NULL DO NOTHING
  RETURNING *
), p AS (
  INSERT INTO participant (workspace_id, conversation_id, actor_id, role)
  SELECT c.workspace_id, c.id, t.actor_id, t.role FROM c, unnest($8::uuid[], $9::text[]) AS t (actor_id, role)
)
SELECT {CONVERSATION} FROM c
"""

# Whoever comes back sees what comes from now on, like whoever comes for the first time.
_ADD = """
WITH c AS (
  UPDATE conversation SET members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = $2 AND EXISTS (SELECT FROM actor WHERE workspace_id = $1 AND id = $3)
  RETURNING last_seq
)
INSERT INTO participant (workspace_id, conversation_id, actor_id, role, visible_from_seq, read_seq)
SELECT $1, $2, $3, $4, CASE WHEN $5 THEN 0 ELSE c.last_seq END, c.last_seq FROM c
ON CONFLICT (workspace_id, conversation_id, actor_id) DO UPDATE SET
  left_seq = NULL, role = excluded.role, visible_from_seq = excluded.visible_from_seq, joined_at = now()
RETURNING actor_id
"""

_REMOVE = """
WITH c AS (
  UPDATE conversation SET members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = $2 AND EXISTS (
    SELECT FROM participant
    WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3 AND left_seq IS NULL)
  RETURNING last_seq
)
UPDATE participant p SET left_seq = c.last_seq FROM c
WHERE p.workspace_id = $1 AND p.conversation_id = $2 AND p.actor_id = $3 AND p.left_seq IS NULL
RETURNING p.actor_id
"""

# What shows outside is told there only when it has grown: reading a note is nothing to contacts.
_GROW = """
UPDATE participant p SET {change}
FROM conversation c, participant b
WHERE p.workspace_id = $1 AND p.conversation_id = $2 AND p.actor_id = $3 AND p.left_seq IS NULL
  AND c.workspace_id = $1 AND c.id = $2 AND p.{column} < least($4, c.last_seq)
  AND b.workspace_id = $1 AND b.conversation_id = $2 AND b.actor_id = $3
RETURNING p.{column}, CASE WHEN least(b.{column}, c.last_public_seq) < least(p.{column}, c.last_public_seq)
                           THEN least(p.{column}, c.last_public_seq) END
"""
_READ = (
    "WITH x AS (UPDATE mention SET read_at = now() WHERE workspace_id = $1 AND actor_id = $3"
    " AND conversation_id = $2 AND seq <= $4 AND read_at IS NULL)"
    + _GROW.format(
        column="read_seq",
        change="read_seq = least($4, c.last_seq), delivered_seq = greatest(p.delivered_seq, least($4, c.last_seq))",
    )
)
_DELIVERED = _GROW.format(column="delivered_seq", change="delivered_seq = least($4, c.last_seq)")

_UNREAD = """
WITH x AS (
  UPDATE mention SET read_at = NULL
  WHERE workspace_id = $1 AND actor_id = $3 AND conversation_id = $2 AND seq >= $4
)
UPDATE participant SET read_seq = $4 - 1
WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3 AND left_seq IS NULL AND read_seq >= $4
RETURNING read_seq
"""

# Where so much is new that even without all own and all deleted messages a hundred are left, nothing is read but indexes.
_COUNT_UNREAD = """
SELECT p.conversation_id, CASE WHEN p.beyond > 0 AND p.beyond > (
    SELECT count(*) FROM (
      SELECT FROM message m WHERE m.workspace_id = p.workspace_id AND m.conversation_id = p.conversation_id
        AND m.sender_id = p.actor_id LIMIT p.beyond) own
  ) + (
    SELECT count(*) FROM (
      SELECT FROM message m WHERE m.workspace_id = p.workspace_id AND m.conversation_id = p.conversation_id
        AND m.seq > p.seen AND m.deleted_at IS NOT NULL LIMIT p.beyond) gone
  ) THEN 100 ELSE (
    SELECT count(*) FROM (
      SELECT FROM message m WHERE m.workspace_id = p.workspace_id AND m.conversation_id = p.conversation_id
        AND m.seq > p.seen AND m.sender_id <> p.actor_id AND m.deleted_at IS NULL LIMIT 100) new
  ) END AS count
FROM (
  SELECT p.workspace_id, p.conversation_id, p.actor_id, greatest(p.read_seq, p.visible_from_seq) AS seen,
    greatest(c.last_seq - greatest(p.read_seq, p.visible_from_seq) - 99, 0) AS beyond
  FROM participant p JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id
  WHERE p.workspace_id = $1 AND p.actor_id = $2 AND p.conversation_id = ANY($3::uuid[])
) p
"""

_DIALOG = f"""
UPDATE conversation c SET
  state = coalesce($3, c.state),
  assignee_id = CASE WHEN $4 THEN $5 ELSE c.assignee_id END,
  team_id = CASE WHEN $7 THEN $8 ELSE c.team_id END,
  snoozed_until = CASE WHEN coalesce($3, c.state) = 'snoozed' THEN coalesce($9, c.snoozed_until) END,
  waiting_since = CASE WHEN $3 = 'resolved' THEN NULL
                  WHEN $3 = 'open' AND c.state = 'pending' AND $4 AND $5::uuid IS NULL THEN coalesce(c.waiting_since, now())
                  ELSE c.waiting_since END,
  listed_at = CASE WHEN coalesce($3, c.state) = 'resolved' THEN coalesce(c.last_message_at, c.created_at) END,
  epoch = c.epoch + CASE WHEN $10 THEN 1 ELSE 0 END,
  mod = c.mod + 1
WHERE c.workspace_id = $1 AND c.id = $2 AND c.state IS NOT NULL AND ($6::int IS NULL OR c.epoch = $6::int)
RETURNING {CONVERSATION}
"""

# Neither says who has the dialog, so the epoch stays, and with it what an assistant is about to say.
_MARK = f"""
UPDATE conversation c SET
  priority = coalesce($3::smallint, c.priority), team_id = coalesce($4::uuid, c.team_id), mod = c.mod + 1
WHERE c.workspace_id = $1 AND c.id = $2 AND c.state IS NOT NULL
RETURNING {CONVERSATION}
"""

_SET_DUE = """
UPDATE conversation SET due_at = $3, mod = mod + 1
WHERE workspace_id = $1 AND id = $2 AND state IS NOT NULL AND due_at IS DISTINCT FROM $3
"""

_UPDATE = f"""
UPDATE conversation c SET title = coalesce($3, c.title), meta = c.meta || $4, mod = c.mod + 1
WHERE c.workspace_id = $1 AND c.id = $2
RETURNING {CONVERSATION}
"""


class ConversationRepository:
    """Writes conversations of a workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def create(
        self, chat: ConversationId, *, kind: Kind, title: str, state: str | None, direct_key: str | None,
        meta: Mapping[str, JsonValue], participants: Sequence[tuple[ActorId, str]],
    ) -> Conversation | None:  # fmt: skip
        """Make a conversation with participants; None when its `direct_key` is taken."""
        row = await self._conn.fetchrow(
            _CREATE, self._conn.workspace, chat, kind, title, state, direct_key, dict(meta),
            [actor for actor, _ in participants], [role for _, role in participants],
        )  # fmt: skip
        return None if row is None else conversation_of(row)

    async def find_direct(self, direct_key: str) -> Conversation | None:
        """Return the conversation that two actors share."""
        row = await self._conn.fetchrow(
            f"SELECT {CONVERSATION} FROM conversation c WHERE c.workspace_id = $1 AND c.direct_key = $2",
            self._conn.workspace,
            direct_key,
        )
        return None if row is None else conversation_of(row)

    async def update(
        self, chat: ConversationId, *, title: str | None, meta: Mapping[str, JsonValue]
    ) -> Conversation | None:
        """Change the title and merge into `meta`."""
        row = await self._conn.fetchrow(_UPDATE, self._conn.workspace, chat, title, dict(meta))
        return None if row is None else conversation_of(row)

    async def set_favorite(self, chat: ConversationId, actor: ActorId, *, favorite: bool) -> None:
        """Mark a conversation as one of an actor's favourites."""
        await self._conn.execute(
            "UPDATE participant SET is_favorite = $4"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3",
            self._conn.workspace,
            chat,
            actor,
            favorite,
        )

    async def set_archived(self, chat: ConversationId, actor: ActorId, *, archived: bool) -> None:
        """Put a conversation away for an actor, or take it back among the others."""
        await self._conn.execute(
            "UPDATE participant SET is_archived = $4"
            " WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3",
            self._conn.workspace, chat, actor, archived,
        )  # fmt: skip

    async def set_dialog(
        self, chat: ConversationId, change: DialogChange, *, expected_epoch: int | None
    ) -> Conversation | None:
        """Change a dialog and raise its epoch; None when there is none with the expected epoch."""
        assignee, team = change.assignee_id, change.team_id
        given, teamed = not isinstance(assignee, Unset), not isinstance(team, Unset)
        row = await self._conn.fetchrow(
            _DIALOG, self._conn.workspace, chat, change.state, given, assignee if given else None, expected_epoch,
            teamed, team if teamed else None, change.snoozed_until, change.bump_epoch,
        )  # fmt: skip
        return None if row is None else conversation_of(row)

    async def mark(
        self, chat: ConversationId, *, priority: int | None = None, team: UUID | None = None
    ) -> Conversation | None:
        """Change a dialog's priority or team without its epoch; None when it is no dialog."""
        row = await self._conn.fetchrow(_MARK, self._conn.workspace, chat, priority, team)
        return None if row is None else conversation_of(row)

    async def set_due(self, chat: ConversationId, due: datetime | None) -> bool:
        """Note when the next promise of a dialog is due; False when that is known."""
        done = await self._conn.execute(_SET_DUE, self._conn.workspace, chat, due)
        return done == "UPDATE 1"

    async def delete(self, chat: ConversationId) -> bool:
        """Delete a conversation with all its messages."""
        await self._conn.execute(
            "DELETE FROM message_ref r USING message m WHERE r.workspace_id = $1 AND r.id = m.id"
            " AND m.workspace_id = $1 AND m.conversation_id = $2",
            self._conn.workspace,
            chat,
        )
        done = await self._conn.execute(
            "DELETE FROM conversation WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace,
            chat,
        )
        return done == "DELETE 1"


class ParticipantRepository:
    """Writes who takes part."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def list_current(self, chat: ConversationId) -> list[Participant]:
        """Return the participants who have not left."""
        rows = await self._conn.fetch(
            "SELECT p.actor_id, p.role, p.read_seq, p.delivered_seq, p.visible_from_seq, p.left_seq, p.joined_at,"
            " a.kind, a.name FROM participant p"
            " JOIN actor a ON a.workspace_id = p.workspace_id AND a.id = p.actor_id"
            " WHERE p.workspace_id = $1 AND p.conversation_id = $2 AND p.left_seq IS NULL"
            " ORDER BY p.joined_at, p.actor_id",
            self._conn.workspace,
            chat,
        )
        return [participant_of(row) for row in rows]

    async def add(
        self, chat: ConversationId, actor: ActorId, *, role: str, whole_history: bool
    ) -> bool:  # fmt: skip
        """Let an actor in, and raise the members' epoch; False when there is no such conversation or actor."""
        found = await self._conn.fetchval(
            _ADD, self._conn.workspace, chat, actor, role, whole_history
        )
        return found is not None

    async def remove(self, chat: ConversationId, actor: ActorId) -> bool:
        """Let an actor go, and raise the members' epoch; False when it does not take part."""
        return await self._conn.fetchval(_REMOVE, self._conn.workspace, chat, actor) is not None

    async def read(
        self, chat: ConversationId, actor: ActorId, *, seq: int
    ) -> tuple[int, int | None] | None:
        """Raise how far an actor has read; return that, and what is new of it outside. None: nothing new."""
        row = await self._conn.fetchrow(_READ, self._conn.workspace, chat, actor, seq)
        return None if row is None else (row[0], row[1])

    async def deliver(
        self, chat: ConversationId, actor: ActorId, *, seq: int
    ) -> tuple[int, int | None] | None:
        """Raise how far messages have reached an actor; return as `read` does."""
        row = await self._conn.fetchrow(_DELIVERED, self._conn.workspace, chat, actor, seq)
        return None if row is None else (row[0], row[1])

    async def unread(self, chat: ConversationId, actor: ActorId, *, seq: int) -> int | None:
        """Take back that an actor has read a message and what follows; None when it had not."""
        read: int | None = await self._conn.fetchval(
            _UNREAD, self._conn.workspace, chat, actor, seq
        )
        return read

    async def count_unread(self, actor: ActorId, chats: Sequence[ConversationId]) -> dict[ConversationId, int]:  # fmt: skip
        """Return how many messages an actor has not read in each conversation, counted up to 100."""
        rows = await self._conn.fetch(_COUNT_UNREAD, self._conn.workspace, actor, list(chats))
        return {ConversationId(row["conversation_id"]): row["count"] for row in rows}
