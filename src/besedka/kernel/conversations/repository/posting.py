"""The statement that stores messages, and what the one writer of a conversation needs to know before it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.repository.rows import (
    CONVERSATION,
    MESSAGE,
    SHOWN,
    conversation_of,
    message_of,
)
from besedka.kernel.conversations.repository.words import words_of
from besedka.kernel.conversations.types import (
    PREVIEW_CHARACTERS,
    Conversation,
    ConversationId,
    Face,
    Message,
    MessageId,
    Post,
)

CLIENT_KEY = "uq_message_client_key"

# The counters move and the messages land in one statement, so numbers have no gaps; nothing moves unless the members
# (and, when asked for, the epoch) are still those that the caller has looked at.
_POST_TEMPLATE = """
WITH {rooms} c AS (
  UPDATE conversation k SET
    last_seq = k.last_seq + {count}, mod = k.mod + {count}, last_message_at = $5, preview = {preview},
    last_public_seq = CASE WHEN {public} > 0 THEN k.last_seq + {public} ELSE k.last_public_seq END,
    public_preview = coalesce({public_preview}, k.public_preview),
    listed_at = CASE WHEN k.state = 'resolved' THEN $5::timestamptz END,
    waiting_since = CASE {heard} WHEN 'waits' THEN coalesce(k.waiting_since, $5) WHEN 'answered' THEN NULL
                    WHEN 'assisted' THEN CASE WHEN k.state = 'pending' THEN NULL ELSE k.waiting_since END
                    ELSE k.waiting_since END
  {source} WHERE k.workspace_id = $1 AND k.id = {chat} AND k.members_epoch = {members_epoch}
    AND ({epoch} IS NULL OR k.epoch = {epoch})
  RETURNING k.id, k.last_seq - {count} AS seq, k.mod - {count} AS mod, k.state, k.assignee_id, k.epoch,
            k.last_public_seq, k.waiting_since, k.kind AS chat_kind
), n AS (
  SELECT t.id, c.id AS chat, t.sender_id, t.client_key, {reply}, t.kind, t.visibility, t.body, t.meta,
         c.seq + t.place AS seq, c.mod + t.place AS mod, c.chat_kind
  FROM c {posted} {joined}
), m AS (
  INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, reply_seq, kind, visibility,
                       body, meta, created_at {column})
  SELECT $1, n.chat, n.seq, n.id, n.mod, n.sender_id, n.client_key, n.reply_seq, n.kind, n.visibility, n.body,
         n.meta::jsonb, $5 {value}
  FROM n
), r AS (
  INSERT INTO message_ref (workspace_id, id, conversation_id, seq, words)
  SELECT $1, n.id, n.chat, n.seq, {words} FROM n
)
SELECT seq, mod, state, assignee_id, epoch, last_public_seq, waiting_since {found} FROM c
"""
_ONE_ROOM = {
    "rooms": "", "source": "", "chat": "$2", "members_epoch": "$3", "count": "$4::int", "preview": "$6",
    "public": "$7::int", "public_preview": "$8", "epoch": "$9::int", "heard": "$18::text",
    "posted": """, unnest($10::uuid[], $11::uuid[], $12::text[], $13::bigint[], $14::text[], $15::text[], $16::text[],
                 $17::text[]) WITH ORDINALITY
       AS t (id, sender_id, client_key, reply_seq, kind, visibility, body, meta, place)""",
}  # fmt: skip
# Of several conversations those are left out that somebody else has locked: nobody waits for them here.
_SEVERAL_ROOMS = {
    "rooms": """room AS MATERIALIZED (
  SELECT w.*, held.id AS chat FROM unnest($2::uuid[], $3::int[], $4::int[], $6::text[], $7::int[], $8::text[], $9::int[],
                                          $18::text[])
         AS w (id, members_epoch, count, preview, public, public_preview, epoch, heard)
  CROSS JOIN LATERAL (SELECT id FROM conversation WHERE workspace_id = $1 AND id = w.id
                      FOR NO KEY UPDATE SKIP LOCKED) AS held
),""",
    "source": "FROM room", "chat": "room.chat", "found": ", id AS chat",
    **{
        name: f"room.{name}"
        for name in ("members_epoch", "count", "preview", "public", "public_preview", "epoch", "heard")
    },
    "posted": """JOIN unnest($10::uuid[], $11::uuid[], $12::text[], $13::uuid[], $14::text[], $15::text[], $16::text[],
                 $17::text[], $19::int[])
       AS t (id, sender_id, client_key, chat, kind, visibility, body, meta, place) ON t.chat = c.id""",
}  # fmt: skip
_COLUMNS = {
    "workspace": "$1", "chat": "n.chat", "chat_kind": "n.chat_kind", "sender": "n.sender_id", "kind": "n.kind",
    "body": "n.body",
}  # fmt: skip
_PLAIN = {
    "reply": "NULL::bigint AS reply_seq", "joined": "", "column": "", "value": "", "found": "",
    "words": words_of(**_COLUMNS),
}  # fmt: skip
_POST = _POST_TEMPLATE.format(**_PLAIN, **_ONE_ROOM)
_POST_SEVERAL = _POST_TEMPLATE.format(**{**_PLAIN, **_SEVERAL_ROOMS})

# A reply carries a quote of what it replies to; a public one quotes nothing that contacts may not see. An answer in a
# thread carries the thread's root, and a message with files how they are shown.
_POST_LINKED = _POST_TEMPLATE.format(
    **_ONE_ROOM,
    reply="q.seq AS reply_seq, q.quote, ($19::bigint[])[t.place] AS thread_root_seq,"
    " ($20::text[])[t.place]::jsonb AS attachments",
    joined=f"""LEFT JOIN LATERAL (
         SELECT q.seq, jsonb_build_object(
           'seq', q.seq, 'sender', jsonb_build_object('id', a.id, 'kind', a.kind, 'name', a.name),
           'body', left(btrim(regexp_replace({SHOWN.format(m="q")}, '\\s+', ' ', 'g')), {PREVIEW_CHARACTERS})) AS quote
         FROM message q JOIN actor a ON a.workspace_id = q.workspace_id AND a.id = q.sender_id
         WHERE q.workspace_id = $1 AND q.conversation_id = $2 AND q.seq = t.reply_seq
           AND (q.visibility = 'public' OR t.visibility = 'internal')) q ON true""",
    column=", quote, thread_root_seq, attachments",
    value=", n.quote, n.thread_root_seq, n.attachments",
    words=words_of(**_COLUMNS, attached="n.attachments IS NOT NULL"),
    found=", (SELECT array_agg(n.reply_seq ORDER BY n.seq) FROM n), (SELECT array_agg(n.quote::text ORDER BY n.seq) FROM n)",
)
_LOCK = "SELECT FROM conversation WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"

_ROOMS = f"""
SELECT {CONVERSATION},
       p.members, p.floors, p.blocked
FROM conversation c
LEFT JOIN LATERAL (
  SELECT array_agg(p.actor_id) AS members, array_agg(p.visible_from_seq) AS floors,
         array_agg(p.actor_id) FILTER (WHERE p.role = 'contact' AND EXISTS (
           SELECT FROM contact k WHERE k.workspace_id = p.workspace_id AND k.id = p.actor_id
           AND k.blocked_at IS NOT NULL)) AS blocked
  FROM participant p
  WHERE p.workspace_id = c.workspace_id AND p.conversation_id = c.id AND p.left_seq IS NULL) p ON true
WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])
"""

_BY_KEY = f"""
SELECT {MESSAGE}, (
  SELECT r.body FROM message_revision r
  WHERE r.workspace_id = $1 AND r.conversation_id = $2 AND r.seq = m.seq AND r.number = 1) AS first_body
FROM message m JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.sender_id = $3 AND m.client_key = $4
"""


class FilesGone(Exception):
    """One of the files of a message was deleted while it was being sent."""


class KeyTaken(Exception):
    """One of the messages has a client key that its sender has used in this conversation."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is about to be stored."""

    id: MessageId
    post: Post
    meta: str
    preview: str


class Heard(StrEnum):
    """What the last public words mean for a contact: they wait, people have answered, an assistant has."""

    WAITS = "waits"
    ANSWERED = "answered"
    ASSISTED = "assisted"


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages for one conversation, with what must still be so when they land; `heard` is None outside of dialogs."""

    chat: ConversationId
    drafts: Sequence[Draft]
    members_epoch: int
    epoch: int | None = None
    heard: Heard | None = None

    @property
    def is_linked(self) -> bool:
        """Whether one of the messages points at something: another message, a thread, files."""
        posts = (draft.post for draft in self.drafts)
        return any(post.reply_seq or post.thread_root_seq or post.attachments for post in posts)

    @property
    def counters(self) -> tuple[int, str, int, str | None]:
        """How many messages, the last words; where the last public message stands (0: nowhere), and its words."""
        public = [
            place for place, draft in enumerate(self.drafts, 1) if draft.post.visibility == "public"
        ]
        last = public[-1] if public else 0
        shown = self.drafts[last - 1].preview if last else None
        return len(self.drafts), self.drafts[-1].preview, last, shown


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a batch landed: the counters before it, and the conversation's state after it."""

    seq: int
    mod: int
    state: str | None
    assignee_id: ActorId | None
    epoch: int
    last_public_seq: int
    waiting_since: datetime | None
    replies: Sequence[int | None] | None = None
    """What each message replies to, when one of them does: None where that is not there, or not for all who see it."""
    quotes: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """A conversation and who is in it, each with the place after which they see it, and who of them may not write."""

    head: Conversation
    members: dict[ActorId, int]
    blocked: frozenset[ActorId]


class PostingRepository:
    """Stores messages."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def post(self, batch: Batch, *, moment: datetime) -> Stored | None:
        """Store messages in their order, or nothing: None when an epoch is not the expected one. Raises KeyTaken.

        Replies and answers in threads want a transaction: what they quote must not be deleted before the commit.
        """
        statement, more = _POST, list[list[int | None] | list[str | None]]()
        posts = [draft.post for draft in batch.drafts]
        if batch.is_linked:
            statement = _POST_LINKED
            more = [
                [post.thread_root_seq for post in posts],
                [post.attachments.shown if post.attachments else None for post in posts],
            ]
            await self._conn.execute(_LOCK, self._conn.workspace, batch.chat)
        count, preview, public, public_preview = batch.counters
        rows = await self._store(
            statement, batch.chat, batch.members_epoch, count, moment, preview, public, public_preview, batch.epoch,
            *_columns(batch.drafts, [post.reply_seq for post in posts]), batch.heard, *more,
        )  # fmt: skip
        return Stored(*rows[0].values()) if rows else None

    async def post_several(
        self, batches: Sequence[Batch], *, moment: datetime
    ) -> dict[ConversationId, Stored]:
        """Store messages of several conversations that point at nothing. Raises KeyTaken.

        Left out are conversations with another epoch than expected, and those that somebody else has locked.
        """
        counts, previews, publics, public_previews = zip(
            *(b.counters for b in batches), strict=True
        )
        chats = [batch.chat for batch in batches for _ in batch.drafts]
        places = [place for batch in batches for place in range(1, len(batch.drafts) + 1)]
        drafts = [draft for batch in batches for draft in batch.drafts]
        rows = await self._store(
            _POST_SEVERAL, [b.chat for b in batches], [b.members_epoch for b in batches], counts, moment, previews,
            publics, public_previews, [b.epoch for b in batches], *_columns(drafts, chats), [b.heard for b in batches],
            places,
        )  # fmt: skip
        stored: dict[ConversationId, Stored] = {}
        for row in rows:
            *values, chat = row.values()
            stored[chat] = Stored(*values)
        return stored

    async def _store(self, statement: str, *values: object) -> list[Row]:
        try:
            return await self._conn.fetch(statement, self._conn.workspace, *values)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == CLIENT_KEY:
                raise KeyTaken from error
            raise

    async def attach(self, messages: Mapping[int, Sequence[UUID]], chat: ConversationId) -> None:
        """Let files belong to messages, by their places, in the transaction that stores these. Raises FilesGone."""
        rows = [
            (seq, place, file)
            for seq, files in messages.items()
            for place, file in enumerate(files)
        ]
        try:
            await self._conn.execute(
                "INSERT INTO message_attachment (workspace_id, conversation_id, seq, place, file_id)"
                " SELECT $1, $2, * FROM unnest($3::bigint[], $4::int[], $5::uuid[])",
                self._conn.workspace, chat, *map(list, zip(*rows, strict=True)),
            )  # fmt: skip
        except asyncpg.ForeignKeyViolationError as error:
            raise FilesGone from error

    async def find_by_key(
        self, chat: ConversationId, *, sender: ActorId, key: str
    ) -> tuple[Message, str] | None:
        """Return what a sender stored under a client key, as it is and in the words that were sent."""
        row = await self._conn.fetchrow(_BY_KEY, self._conn.workspace, chat, sender, key)
        if row is None:
            return None
        message = message_of(row)
        return message, message.body if row["first_body"] is None else row["first_body"]

    async def rooms(self, chats: Collection[ConversationId]) -> dict[ConversationId, Inside]:
        """Return conversations and who is in each, as of one moment."""
        rows = await self._conn.fetch(_ROOMS, self._conn.workspace, list(chats))
        found = {}
        for row in rows:
            head = conversation_of(row)
            members = zip(row["members"] or (), row["floors"] or (), strict=True)
            found[head.id] = Inside(head, dict(members), frozenset(row["blocked"] or ()))
        return found

    async def faces(self, actors: Collection[ActorId]) -> dict[ActorId, Face]:
        """Return actors as others see them."""
        rows = await self._conn.fetch(
            "SELECT id, kind, name FROM actor WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
            self._conn.workspace,
            list(actors),
        )
        return {row["id"]: Face(ActorId(row["id"]), row["kind"], row["name"]) for row in rows}


def _columns(drafts: Sequence[Draft], fourth: Sequence[object]) -> list[Sequence[object]]:
    """Return the columns of messages as the statements take them; the fourth says what each one belongs to."""
    posts = [draft.post for draft in drafts]
    return [
        [draft.id for draft in drafts], [post.sender_id for post in posts], [post.client_key for post in posts], fourth,
        [post.kind for post in posts], [post.visibility for post in posts], [post.body for post in posts],
        [draft.meta for draft in drafts],
    ]  # fmt: skip


class SystemMods:
    """How far the conversations of all workspaces are, read as the system: one query for a whole process."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def mods(
        self, chats: Collection[tuple[WorkspaceId, ConversationId]]
    ) -> dict[ConversationId, tuple[int, int]]:
        """Return `mod` and `members_epoch` of each conversation that exists."""
        rows = await self._conn.fetch(
            "SELECT c.id, c.mod, c.members_epoch FROM conversation c"
            " JOIN unnest($1::uuid[], $2::uuid[]) AS t (workspace_id, id) USING (workspace_id, id)",
            [workspace for workspace, _ in chats],
            [chat for _, chat in chats],
        )
        return {ConversationId(row["id"]): (row["mod"], row["members_epoch"]) for row in rows}
