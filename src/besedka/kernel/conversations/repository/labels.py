"""Labels of conversations, and links to things of products. Each change moves the conversation's `mod` under its lock."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.errors import LabelTaken
from besedka.kernel.conversations.repository.reading import READABLE, entry_of
from besedka.kernel.conversations.types import ChatEntry, ConversationId, Label, Link

_TAKEN = "uq_label_name"

_MOVE = "UPDATE conversation SET mod = mod + 1 WHERE workspace_id = $1 AND id = $2"
_PUT = f"""
WITH c AS ({_MOVE} AND NOT EXISTS (
  SELECT FROM conversation_label WHERE workspace_id = $1 AND conversation_id = $2 AND label_id = $3) RETURNING id)
INSERT INTO conversation_label (workspace_id, conversation_id, label_id) SELECT $1, c.id, $3 FROM c ON CONFLICT DO NOTHING
"""
_REMOVE = f"""
WITH d AS (
  DELETE FROM conversation_label WHERE workspace_id = $1 AND conversation_id = $2 AND label_id = $3 RETURNING label_id)
{_MOVE} AND EXISTS (SELECT FROM d)
"""
_DELETE = """
WITH c AS (
  UPDATE conversation c SET mod = mod + 1 FROM conversation_label l
  WHERE l.workspace_id = $1 AND l.label_id = $2 AND c.workspace_id = $1 AND c.id = l.conversation_id RETURNING c.id
)
SELECT id FROM c
"""
_LINK = """
INSERT INTO conversation_link (workspace_id, conversation_id, entity_type, entity_id) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_UNLINK = """
DELETE FROM conversation_link WHERE workspace_id = $1 AND conversation_id = $2 AND entity_type = $3 AND entity_id = $4
"""
_LINKED = """
SELECT conversation_id FROM conversation_link WHERE workspace_id = $1 AND entity_type = $2 AND entity_id = $3
ORDER BY created_at DESC, conversation_id LIMIT $4
"""


def label_of(row: Row) -> Label:
    """Build a label."""
    return Label(row["id"], row["name"], row["colour"])


class LabelRepository:
    """The workspace's labels, and which conversations have them."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> list[Label]:
        """Return all labels by their names."""
        rows = await self._conn.fetch(
            "SELECT id, name, colour FROM label WHERE workspace_id = $1 ORDER BY lower(name), id",
            self._conn.workspace,
        )
        return [label_of(row) for row in rows]

    async def find(self, label: UUID) -> Label | None:
        """Return a label; nobody deletes it before the end of the transaction."""
        row = await self._conn.fetchrow(
            "SELECT id, name, colour FROM label WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE",
            self._conn.workspace, label,
        )  # fmt: skip
        return None if row is None else label_of(row)

    async def count(self) -> int:
        """Return how many labels there are."""
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM label WHERE workspace_id = $1", self._conn.workspace
        )
        return count

    async def add(self, label: Label) -> None:
        """Store a label. Raises LabelTaken."""
        try:
            await self._conn.execute(
                "INSERT INTO label (workspace_id, id, name, colour) VALUES ($1, $2, $3, $4)",
                self._conn.workspace, label.id, label.name, label.colour,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise LabelTaken from error

    async def change(
        self, label: UUID, *, name: str | None, colour: str | None
    ) -> Label | None:  # fmt: skip
        """Change what is given. Raises LabelTaken."""
        try:
            row = await self._conn.fetchrow(
                "UPDATE label SET name = coalesce($3, name), colour = coalesce($4, colour)"
                " WHERE workspace_id = $1 AND id = $2 RETURNING id, name, colour",
                self._conn.workspace, label, name, colour,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise LabelTaken from error
        return None if row is None else label_of(row)

    async def delete(self, label: UUID) -> list[ConversationId]:
        """Delete a label; return the conversations that had it."""
        rows = await self._conn.fetch(_DELETE, self._conn.workspace, label)
        await self._conn.execute(
            "DELETE FROM label WHERE workspace_id = $1 AND id = $2", self._conn.workspace, label
        )
        return [ConversationId(row["id"]) for row in rows]

    async def count_of(self, chat: ConversationId) -> int:
        """Return how many labels a conversation has."""
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM conversation_label WHERE workspace_id = $1 AND conversation_id = $2",
            self._conn.workspace, chat,
        )  # fmt: skip
        return count

    async def put(self, chat: ConversationId, label: UUID) -> bool:
        """Put a label on a conversation; False when it has it already."""
        return await self._conn.execute(_PUT, self._conn.workspace, chat, label) == "INSERT 0 1"

    async def remove(self, chat: ConversationId, label: UUID) -> bool:
        """Take a label off a conversation; False when it has none such."""
        return await self._conn.execute(_REMOVE, self._conn.workspace, chat, label) == "UPDATE 1"


class LinkRepository:
    """What conversations are about."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def of_chat(self, chat: ConversationId) -> list[Link]:
        """Return what a conversation is linked to, the first link first."""
        rows = await self._conn.fetch(
            "SELECT entity_type, entity_id, created_at FROM conversation_link"
            " WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY created_at, entity_id",
            self._conn.workspace, chat,
        )  # fmt: skip
        return [Link(*row.values()) for row in rows]

    async def link(self, chat: ConversationId, *, entity_type: str, entity: UUID) -> bool:
        """Link a conversation; False when it is linked already."""
        done = await self._conn.execute(_LINK, self._conn.workspace, chat, entity_type, entity)
        return done == "INSERT 0 1"

    async def unlink(self, chat: ConversationId, *, entity_type: str, entity: UUID) -> bool:
        """Take a link away; False when there is none."""
        done = await self._conn.execute(_UNLINK, self._conn.workspace, chat, entity_type, entity)
        return done == "DELETE 1"

    async def readable(
        self, entity_type: str, entity: UUID, *, actor: ActorId, staff: bool, most: int
    ) -> Sequence[ChatEntry]:
        """Return those of the newest links' conversations that an actor may read."""
        rows = await self._conn.fetch(_LINKED, self._conn.workspace, entity_type, entity, most)
        chats = [row["conversation_id"] for row in rows]
        found = await self._conn.fetch(READABLE, self._conn.workspace, actor, chats, staff)
        entries = {row["id"]: entry_of(row) for row in found}
        return [entries[chat] for chat in chats if chat in entries]
