"""What viewers read: pages, changes, lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.rows import (
    CONVERSATION,
    MESSAGE,
    SPELLED,
    conversation_of,
    message_of,
)
from besedka.kernel.conversations.types import (
    ChatEntry,
    ChatFilter,
    Conversation,
    ConversationId,
    Face,
    Message,
    MessageId,
    Place,
    Viewer,
)

_FROM_MESSAGE = (
    "FROM message m JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id"
    " WHERE m.workspace_id = $1 AND m.conversation_id = $2"
)
_SEEN = "m.seq > $3 AND (m.visibility = 'public' OR $4::bool)"

_BEFORE = (
    f"SELECT {MESSAGE} {_FROM_MESSAGE} AND {_SEEN} AND m.seq < $5 ORDER BY m.seq DESC LIMIT $6"
)
_AFTER = f"SELECT {MESSAGE} {_FROM_MESSAGE} AND {_SEEN} AND m.seq > $5 ORDER BY m.seq LIMIT $6"
_CHANGES = f"""
SELECT {MESSAGE} {_FROM_MESSAGE} AND {_SEEN} AND m.mod > $5 AND m.mod <= $6 ORDER BY m.mod LIMIT $7
"""

_PINS = f"SELECT {MESSAGE} {_FROM_MESSAGE} AND {_SEEN} AND m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC, m.seq DESC"

_THREAD = f"""
SELECT {MESSAGE} {_FROM_MESSAGE} AND {_SEEN} AND m.thread_root_seq = $5 AND m.seq > $6 ORDER BY m.seq LIMIT $7
"""

_ASSIGNEE = "act.kind AS assignee_kind, act.name AS assignee_name"
_JOIN_ASSIGNEE = (
    "LEFT JOIN actor act ON act.workspace_id = c.workspace_id AND act.id = c.assignee_id"
)

_ENTRY = f"""
SELECT {CONVERSATION}, {_ASSIGNEE}, p.role, p.read_seq, p.delivered_seq, p.visible_from_seq, p.is_favorite,
       p.is_archived, p.folder_id, p.expires_at, c.trashed_at
FROM participant p
JOIN conversation c ON c.workspace_id = p.workspace_id AND c.id = p.conversation_id
{_JOIN_ASSIGNEE}
WHERE p.workspace_id = $1 AND p.actor_id = $2
"""

_IN_TRASH = "p.left_seq IS NOT NULL AND p.role = 'owner' AND c.trashed_at IS NOT NULL"
_LIES: Mapping[Place, str] = {
    Place.ACTIVE: "p.left_seq IS NULL AND p.expires_at IS NULL AND NOT p.is_archived",
    Place.ARCHIVE: "p.left_seq IS NULL AND p.expires_at IS NULL AND p.is_archived",
    Place.TRASH: _IN_TRASH,
}

READABLE = f"""
SELECT {CONVERSATION}, {_ASSIGNEE}, p.role, coalesce(p.read_seq, 0) AS read_seq,
       coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.visible_from_seq, 0) AS visible_from_seq,
       coalesce(p.is_favorite, false) AS is_favorite, coalesce(p.is_archived, false) AS is_archived,
       p.folder_id, p.expires_at, c.trashed_at
FROM conversation c
LEFT JOIN participant p ON p.workspace_id = c.workspace_id AND p.conversation_id = c.id AND p.actor_id = $2
                        AND p.left_seq IS NULL
{_JOIN_ASSIGNEE}
WHERE c.workspace_id = $1 AND c.id = ANY($3::uuid[]) AND (p.actor_id IS NOT NULL OR (c.kind = 'dialog' AND $4::bool))
"""

# The hot page: the caller's place in the chat and the messages in one statement. No row at all: no such chat for them;
# a row without a message: nothing to show.
_PLACE = f"""
FROM conversation c
LEFT JOIN participant p ON p.workspace_id = $1 AND p.conversation_id = $2 AND p.actor_id = $3 AND p.left_seq IS NULL
LEFT JOIN LATERAL (
  SELECT {SPELLED} FROM message m JOIN actor a ON a.workspace_id = $1 AND a.id = m.sender_id
  WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq > coalesce(p.visible_from_seq, 0) AND %s
) x ON true
WHERE c.workspace_id = $1 AND c.id = $2 AND (p.actor_id IS NOT NULL OR (c.kind = 'dialog' AND $4::bool))
"""
_MINE_BEFORE = (
    "SELECT x.*" + _PLACE % "m.seq < $5 ORDER BY m.seq DESC LIMIT $6" + "ORDER BY x.seq DESC"
)
_MINE_AFTER = "SELECT x.*" + _PLACE % "m.seq > $5 ORDER BY m.seq LIMIT $6" + "ORDER BY x.seq"

NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page of chats, which the next page comes after."""

    at: datetime
    id: ConversationId


def entry_of(row: Row) -> ChatEntry:
    """Build an entry of somebody's list, without the words of a last message that they are not to see."""
    assignee, conversation = row["assignee_id"], conversation_of(row)
    if row["visible_from_seq"] >= conversation.last_seq:
        conversation = replace(conversation, preview="")
    return ChatEntry(
        conversation=conversation,
        assignee=Face(assignee, row["assignee_kind"], row["assignee_name"]) if assignee else None,
        role=row["role"] or "",
        read_seq=row["read_seq"],
        delivered_seq=row["delivered_seq"],
        visible_from_seq=row["visible_from_seq"],
        is_favorite=row["is_favorite"],
        is_archived=row["is_archived"],
        trashed_at=row["trashed_at"],
        folder_id=row["folder_id"],
        expires_at=row["expires_at"],
    )


class ReadingRepository:
    """Reads conversations on behalf of viewers."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def readable(
        self, actor: ActorId, chats: Sequence[ConversationId], *, staff: bool
    ) -> list[ChatEntry]:
        """Return those of some conversations that an actor may read: its own, and with `staff` all dialogs."""
        rows = await self._conn.fetch(READABLE, self._conn.workspace, actor, list(chats), staff)
        return [entry_of(row) for row in rows]

    async def page(
        self, chat: ConversationId, viewer: Viewer, *, before: int | None, after: int | None, limit: int
    ) -> list[Message]:  # fmt: skip
        """Return messages: the newest before a place, newest first, or the oldest after one, oldest first."""
        seek = (_BEFORE, before or NEWEST) if after is None else (_AFTER, after)
        rows = await self._conn.fetch(
            seek[0], self._conn.workspace, chat, viewer.from_seq, viewer.internal, seek[1], limit
        )
        return [message_of(row) for row in rows]

    async def own_page(
        self, chat: ConversationId, actor: ActorId, *, staff: bool, before: int | None, after: int | None, limit: int
    ) -> list[Row] | None:  # fmt: skip
        """Return the SPELLED columns of a page for one of the people inside; None when there is no such chat for them."""
        seek = (_MINE_BEFORE, before or NEWEST) if after is None else (_MINE_AFTER, after)
        rows = await self._conn.fetch(
            seek[0], self._conn.workspace, chat, actor, staff, seek[1], limit
        )
        if not rows:
            return None
        return rows if rows[0][0] is not None else []

    async def changes(
        self, chat: ConversationId, viewer: Viewer, *, since: int, until: int, limit: int
    ) -> list[Message]:  # fmt: skip
        """Return the messages whose last change lies after `since` and not after `until`, in the order of changes."""
        rows = await self._conn.fetch(
            _CHANGES, self._conn.workspace, chat, viewer.from_seq, viewer.internal, since, until, limit,
        )  # fmt: skip
        return [message_of(row) for row in rows]

    async def pins(self, chat: ConversationId, viewer: Viewer) -> list[Message]:
        """Return the pinned messages, the last pinned first."""
        rows = await self._conn.fetch(
            _PINS, self._conn.workspace, chat, viewer.from_seq, viewer.internal
        )
        return [message_of(row) for row in rows]

    async def thread(
        self, chat: ConversationId, viewer: Viewer, *, root_seq: int, after: int, limit: int
    ) -> list[Message]:
        """Return the answers in a thread after a place, in their order."""
        rows = await self._conn.fetch(
            _THREAD, self._conn.workspace, chat, viewer.from_seq, viewer.internal, root_seq, after, limit,
        )  # fmt: skip
        return [message_of(row) for row in rows]

    async def find_message(self, message: MessageId) -> Message | None:
        """Return a message by its id."""
        row = await self._conn.fetchrow(
            f"SELECT {MESSAGE} FROM message_ref r JOIN message m USING (workspace_id, conversation_id, seq)"
            " JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id"
            " WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace,
            message,
        )
        return None if row is None else message_of(row)

    async def list_entries(
        self, actor: ActorId, wanted: ChatFilter, *, before: Cursor | None, limit: int
    ) -> list[ChatEntry]:
        """Return those of an actor's conversations that are wanted, the ones with the newest messages first.

        An actor's rows are few (≤ 1,000), so they are sorted in memory: an index would make every post dearer.
        """
        rows = await self._conn.fetch(
            f"{_ENTRY} AND {_LIES[wanted.place]} AND c.kind = ANY($3::text[])"
            " AND ($4::timestamptz IS NULL OR (coalesce(c.last_message_at, c.created_at), c.id) < ($4, $5::uuid))"
            " AND ($7::uuid IS NULL OR EXISTS (SELECT FROM conversation_label l WHERE l.workspace_id = c.workspace_id"
            " AND l.conversation_id = c.id AND l.label_id = $7))"
            " AND ($8::text IS NULL OR c.meta -> 'tags' ? $8) AND ($9::bool IS NULL OR p.is_favorite = $9)"
            " AND ($10 = '' OR strpos(lower(c.title), lower($10)) > 0 OR c.id = ANY($11::uuid[]))"
            " AND ($12::uuid IS NULL OR p.folder_id = $12)"
            " ORDER BY coalesce(c.last_message_at, c.created_at) DESC, c.id DESC LIMIT $6",
            self._conn.workspace, actor, list(wanted.kinds), before.at if before else None,
            before.id if before else None, limit, wanted.label, wanted.tag, wanted.favorite, wanted.text.strip(),
            list(wanted.found), wanted.folder,
        )  # fmt: skip
        return [entry_of(row) for row in rows]

    async def find_trashed(self, actor: ActorId, chat: ConversationId) -> ChatEntry | None:
        """Return a conversation that its owner has put into the trash."""
        row = await self._conn.fetchrow(
            f"{_ENTRY} AND {_IN_TRASH} AND c.id = $3", self._conn.workspace, actor, chat
        )
        return None if row is None else entry_of(row)

    async def find(self, chat: ConversationId) -> Conversation | None:
        """Return a conversation."""
        row = await self._conn.fetchrow(
            f"SELECT {CONVERSATION} FROM conversation c WHERE c.workspace_id = $1 AND c.id = $2",
            self._conn.workspace,
            chat,
        )
        return None if row is None else conversation_of(row)
