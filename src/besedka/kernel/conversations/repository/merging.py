"""Contacts who turn out to be one person, and contacts who are to be forgotten.

Locks: contacts in the order of their ids, then conversations in the order of theirs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.repository.contacts import CONTACT, contact_of
from besedka.kernel.conversations.repository.rows import SHOWN
from besedka.kernel.conversations.types import (
    Alike,
    Contact,
    ContactIdentity,
    ConversationId,
)

_PAGE = f"""
SELECT {CONTACT} FROM contact k WHERE k.workspace_id = $1 AND k.merged_into IS NULL AND ($2::uuid IS NULL OR k.id < $2)
  AND ($4::text IS NULL OR k.email = $4) AND ($5::text IS NULL OR k.phone = $5)
ORDER BY k.id DESC LIMIT $3
"""

# What anybody has typed or a channel has told: of the contact itself, and of all others.
_ALIKE = f"""
WITH mine AS (
  SELECT 'email' AS by, email AS value FROM contact WHERE workspace_id = $1 AND id = $2 AND email IS NOT NULL
  UNION SELECT 'phone', phone FROM contact WHERE workspace_id = $1 AND id = $2 AND phone IS NOT NULL
  UNION SELECT channel, external_id FROM contact_identity
  WHERE workspace_id = $1 AND contact_id = $2 AND channel IN ('email', 'phone')
), others AS (
  SELECT k.id, mine.by FROM mine JOIN contact k ON k.workspace_id = $1 AND k.email = mine.value AND mine.by = 'email'
  UNION SELECT k.id, mine.by FROM mine JOIN contact k ON k.workspace_id = $1 AND k.phone = mine.value AND mine.by = 'phone'
  UNION SELECT i.contact_id, mine.by FROM mine
  JOIN contact_identity i ON i.workspace_id = $1 AND i.channel = mine.by AND i.external_id = mine.value
)
SELECT {CONTACT}, min(o.by) AS by FROM others o JOIN contact k ON k.workspace_id = $1 AND k.id = o.id
WHERE k.id <> $2 AND k.merged_into IS NULL
GROUP BY k.workspace_id, k.id ORDER BY k.id DESC LIMIT $3
"""

_LOCK_CHATS = """
SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.id IN (
  SELECT conversation_id FROM participant WHERE workspace_id = $1 AND actor_id = ANY($2::uuid[]))
ORDER BY c.id FOR NO KEY UPDATE
"""

_MOVE_PLACES = """
WITH c AS (
  UPDATE conversation SET members_epoch = members_epoch + 1, mod = mod + 1
  WHERE workspace_id = $1 AND id = ANY($4::uuid[]) RETURNING id
), d AS (
  DELETE FROM participant p WHERE p.workspace_id = $1 AND p.actor_id = $3 AND EXISTS (
    SELECT FROM participant o WHERE o.workspace_id = $1 AND o.conversation_id = p.conversation_id AND o.actor_id = $2)
  RETURNING to_jsonb(p) AS place
), u AS (
  UPDATE participant p SET actor_id = $2 FROM c
  WHERE p.workspace_id = $1 AND p.conversation_id = c.id AND p.actor_id = $3 AND NOT EXISTS (
    SELECT FROM participant o WHERE o.workspace_id = $1 AND o.conversation_id = p.conversation_id AND o.actor_id = $2)
)
SELECT place FROM d
"""

_FILL = f"""
UPDATE contact k SET
  name = CASE WHEN k.name = '' THEN m.name ELSE k.name END, email = coalesce(k.email, m.email),
  phone = coalesce(k.phone, m.phone), locale = coalesce(k.locale, m.locale), meta = m.meta || k.meta,
  note = concat_ws(E'\n', nullif(k.note, ''), nullif(m.note, '')), blocked_at = coalesce(k.blocked_at, m.blocked_at)
FROM contact m WHERE k.workspace_id = $1 AND k.id = $2 AND m.workspace_id = $1 AND m.id = $3
RETURNING {CONTACT}
"""

_CLOSE = """
UPDATE contact SET merged_into = $2, merged_was = CASE WHEN id = $3 THEN $4 ELSE merged_was END,
  merged_at = CASE WHEN id = $3 THEN now() ELSE merged_at END
WHERE workspace_id = $1 AND (id = $3 OR merged_into = $3)
"""

# The words of contacts in one conversation, and what replies quote of them, each with a `mod` of its own.
_ERASE_WORDS = """
WITH gone AS (
  SELECT seq, id FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND sender_id = ANY($3::uuid[])
), touched AS (
  SELECT m.seq, row_number() OVER (ORDER BY m.seq) AS place, m.sender_id = ANY($3::uuid[]) AS own FROM message m
  WHERE m.workspace_id = $1 AND m.conversation_id = $2
    AND (m.sender_id = ANY($3::uuid[]) OR m.reply_seq IN (SELECT seq FROM gone))
), c AS (
  UPDATE conversation SET mod = mod + (SELECT count(*) FROM touched)
  WHERE workspace_id = $1 AND id = $2 RETURNING mod - (SELECT count(*) FROM touched) AS mod
), r AS (
  DELETE FROM message_revision WHERE workspace_id = $1 AND conversation_id = $2 AND seq IN (SELECT seq FROM gone)
), e AS (
  DELETE FROM reaction WHERE workspace_id = $1 AND conversation_id = $2 AND seq IN (SELECT seq FROM gone)
), n AS (
  DELETE FROM mention WHERE workspace_id = $1 AND conversation_id = $2 AND seq IN (SELECT seq FROM gone)
), f AS (
  DELETE FROM message_attachment WHERE workspace_id = $1 AND conversation_id = $2 AND seq IN (SELECT seq FROM gone)
), w AS (
  UPDATE message_ref f SET words = '' FROM gone WHERE f.workspace_id = $1 AND f.id = gone.id
)
UPDATE message m SET
  body = CASE WHEN t.own THEN '' ELSE m.body END, meta = CASE WHEN t.own THEN '{}'::jsonb ELSE m.meta END,
  quote = CASE WHEN t.own OR m.quote IS NULL THEN NULL
          ELSE jsonb_set(jsonb_set(m.quote, '{body}', '""'), '{sender,name}', to_jsonb($5::text)) END,
  reactions = CASE WHEN t.own THEN NULL ELSE m.reactions END,
  attachments = CASE WHEN t.own THEN NULL ELSE m.attachments END,
  pinned_at = CASE WHEN t.own THEN NULL ELSE m.pinned_at END,
  deleted_at = CASE WHEN t.own THEN coalesce(m.deleted_at, $4) ELSE m.deleted_at END,
  is_changed = true, mod = c.mod + t.place
FROM touched t, c
WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = t.seq
RETURNING m.thread_root_seq, t.own
"""

_LAST = f"""(SELECT {SHOWN.format(m="message")} FROM message
            WHERE workspace_id = $1 AND conversation_id = $2 AND deleted_at IS NULL {{more}} ORDER BY seq DESC LIMIT 1)"""
_PUBLIC = "AND visibility = 'public'"
_LAST_BODIES = f"SELECT {_LAST.format(more='')}, {_LAST.format(more=_PUBLIC)}"


class MergingRepository:
    """Puts contacts together, and forgets them."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def page(
        self, *, before: ActorId | None, email: str | None, phone: str | None, limit: int
    ) -> list[Contact]:  # fmt: skip
        """Return contacts, the newest first."""
        rows = await self._conn.fetch(_PAGE, self._conn.workspace, before, limit, email, phone)
        return [contact_of(row) for row in rows]

    async def lock(self, contacts: Sequence[ActorId]) -> list[Contact]:
        """Lock contacts that are not merged into others, in the order of their ids."""
        rows = await self._conn.fetch(
            f"SELECT {CONTACT} FROM contact k WHERE k.workspace_id = $1 AND k.id = ANY($2::uuid[])"
            " AND k.merged_into IS NULL ORDER BY k.id FOR UPDATE",
            self._conn.workspace, list(contacts),
        )  # fmt: skip
        return [contact_of(row) for row in rows]

    async def survivor_of(self, contact: ActorId) -> ActorId | None:
        """Return whom a contact turned out to be; None for one that was not merged."""
        found = await self._conn.fetchval(
            "SELECT merged_into FROM contact WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, contact,
        )  # fmt: skip
        return None if found is None else ActorId(found)

    async def aliases(self, contact: ActorId) -> list[ActorId]:
        """Return the contacts that were merged into one."""
        rows = await self._conn.fetch(
            "SELECT id FROM contact WHERE workspace_id = $1 AND merged_into = $2 ORDER BY id",
            self._conn.workspace, contact,
        )  # fmt: skip
        return [ActorId(row["id"]) for row in rows]

    async def identities(self, contact: ActorId) -> list[ContactIdentity]:
        """Return how a contact is known."""
        rows = await self._conn.fetch(
            "SELECT channel, external_id, verified FROM contact_identity"
            " WHERE workspace_id = $1 AND contact_id = $2 ORDER BY created_at, channel, external_id",
            self._conn.workspace, contact,
        )  # fmt: skip
        return [ContactIdentity(*row.values()) for row in rows]

    async def alike(self, contact: ActorId, *, most: int) -> list[Alike]:
        """Return contacts with the same e-mail address or telephone."""
        rows = await self._conn.fetch(_ALIKE, self._conn.workspace, contact, most)
        return [Alike(contact_of(row), row["by"]) for row in rows]

    async def lock_chats(self, contacts: Sequence[ActorId]) -> list[ConversationId]:
        """Lock the conversations in which contacts take part or took part."""
        rows = await self._conn.fetch(_LOCK_CHATS, self._conn.workspace, list(contacts))
        return [ConversationId(row["id"]) for row in rows]

    async def merge(
        self, survivor: ActorId, merged: ActorId, *, chats: Sequence[ConversationId]
    ) -> tuple[Contact, dict[str, JsonValue]]:
        """Move identities and places to the survivor, and what it did not have; return it, and what went over."""
        workspace = self._conn.workspace
        known = await self._conn.fetch(
            "UPDATE contact_identity SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3"
            " RETURNING channel, external_id",
            workspace, survivor, merged,
        )  # fmt: skip
        places = await self._conn.fetch(_MOVE_PLACES, workspace, survivor, merged, list(chats))
        filled = await self._conn.fetchrow(_FILL, workspace, survivor, merged)
        assert filled is not None
        was: dict[str, JsonValue] = {
            "identities": [list(row.values()) for row in known],
            "chats": [str(chat) for chat in chats],
            "places": [row["place"] for row in places],
        }
        return contact_of(filled), was

    async def close(
        self, survivor: ActorId, merged: ActorId, *, was: Mapping[str, JsonValue]
    ) -> None:
        """Let a contact and its aliases point to the survivor from now on; `was` is enough to undo it."""
        await self._conn.execute(_CLOSE, self._conn.workspace, survivor, merged, dict(was))

    async def erase_words(
        self, chat: ConversationId, contacts: Sequence[ActorId], *, moment: datetime, name: str
    ) -> set[int]:
        """Leave nothing of contacts' messages but their places; return the threads in which there were some."""
        rows = await self._conn.fetch(
            _ERASE_WORDS, self._conn.workspace, chat, list(contacts), moment, name
        )
        return {row[0] for row in rows if row[1] and row[0] is not None}

    async def last_bodies(self, chat: ConversationId) -> tuple[str, str]:
        """Return the newest words of a conversation: inside, and as contacts see it."""
        row = await self._conn.fetchrow(_LAST_BODIES, self._conn.workspace, chat)
        return ("", "") if row is None else (row[0] or "", row[1] or "")

    async def close_dialog(
        self, chat: ConversationId, *, preview: str, public_preview: str
    ) -> None:  # fmt: skip
        """Leave a conversation without its contact's words: what lists show of it, and where it began."""
        await self._conn.execute(
            "UPDATE conversation SET preview = $3, public_preview = $4, meta = meta - 'page', mod = mod + 1"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, chat, preview, public_preview,
        )  # fmt: skip

    async def erase(self, contacts: Sequence[ActorId], *, name: str) -> None:
        """Forget who contacts were; their rows stay, for what was said to them."""
        workspace, whom = self._conn.workspace, list(contacts)
        await self._conn.execute(
            "DELETE FROM contact_identity WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[])",
            workspace, whom,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE contact SET name = $3, email = NULL, phone = NULL, locale = NULL, meta = '{}', note = '', merged_was = NULL"
            " WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
            workspace, whom, name,
        )  # fmt: skip
