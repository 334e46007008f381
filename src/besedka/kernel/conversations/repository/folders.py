"""Folders: places of an actor's own for some of its chats."""

from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.errors import FolderTaken
from besedka.kernel.conversations.types import ConversationId, Folder

_ALL = """
SELECT f.id, f.name, (
  SELECT count(*) FROM participant p WHERE p.workspace_id = $1 AND p.folder_id = f.id AND p.left_seq IS NULL
    AND p.expires_at IS NULL) AS chats
FROM folder f WHERE f.workspace_id = $1 AND f.actor_id = $2
"""


class FolderRepository:
    """The folders of one actor."""

    def __init__(self, conn: TenantConn, actor: ActorId) -> None:
        self._conn, self._actor = conn, actor

    async def all(self) -> list[Folder]:
        """Return all folders by their names."""
        rows = await self._conn.fetch(
            f"{_ALL} ORDER BY lower(f.name), f.id", self._conn.workspace, self._actor
        )
        return [_folder(row) for row in rows]

    async def find(self, folder: UUID) -> Folder | None:
        """Return a folder."""
        row = await self._conn.fetchrow(
            f"{_ALL} AND f.id = $3", self._conn.workspace, self._actor, folder
        )
        return None if row is None else _folder(row)

    async def add(self, folder: UUID, *, name: str) -> None:
        """Store a folder. Raises FolderTaken."""
        try:
            await self._conn.execute(
                "INSERT INTO folder (workspace_id, actor_id, id, name) VALUES ($1, $2, $3, $4)",
                self._conn.workspace, self._actor, folder, name,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise FolderTaken from error

    async def rename(self, folder: UUID, *, name: str) -> bool:
        """Call a folder otherwise; False when there is none such. Raises FolderTaken."""
        try:
            done = await self._conn.execute(
                "UPDATE folder SET name = $4 WHERE workspace_id = $1 AND actor_id = $2 AND id = $3",
                self._conn.workspace, self._actor, folder, name,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise FolderTaken from error
        return done == "UPDATE 1"

    async def delete(self, folder: UUID) -> bool:
        """Delete a folder, of which its chats come out; False when there is none such."""
        done = await self._conn.execute(
            "DELETE FROM folder WHERE workspace_id = $1 AND actor_id = $2 AND id = $3",
            self._conn.workspace, self._actor, folder,
        )  # fmt: skip
        return done == "DELETE 1"

    async def put(self, chat: ConversationId, folder: UUID | None) -> bool:
        """Put a chat into a folder, or into none; False when there is no such folder."""
        done = await self._conn.execute(
            "UPDATE participant SET folder_id = $4 WHERE workspace_id = $1 AND conversation_id = $2 AND actor_id = $3"
            " AND ($4::uuid IS NULL OR EXISTS (SELECT FROM folder WHERE workspace_id = $1 AND actor_id = $3 AND id = $4))",
            self._conn.workspace, chat, self._actor, folder,
        )  # fmt: skip
        return done == "UPDATE 1"


def _folder(row: Row) -> Folder:
    return Folder(row["id"], row["name"], row["chats"])
