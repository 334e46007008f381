"""SQL of imports, and of the chats that come in by them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.types import Foreign, Import, ImportState, Note, Rating

MOST_SHOWN: Final = 20
_COLUMNS: Final = "id, actor_id, file_id, name, state, done_bytes, all_bytes, made, known, skipped, notes, failure, created_at"
_TURNS: Final = """
INSERT INTO ai_turn (workspace_id, conversation_id, seq, parent_seq, is_answer, rating)
SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bool[], $6::smallint[])
"""


class ImportRepository:
    """Imports of a workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(self, new: Import) -> None:
        """Store one that waits."""
        await self._conn.execute(
            "INSERT INTO ai_import (workspace_id, id, actor_id, file_id, name, state) VALUES ($1, $2, $3, $4, $5, $6)",
            self._conn.workspace, new.id, new.actor_id, new.file_id, new.name, new.state,
        )  # fmt: skip

    async def find(self, wanted: UUID) -> Import | None:
        """Return one, whoever's it is."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM ai_import WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, wanted,
        )  # fmt: skip
        return None if row is None else _import(row)

    async def list(self, actor: ActorId) -> Sequence[Import]:
        """Return somebody's last ones, the newest first."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM ai_import WHERE workspace_id = $1 AND actor_id = $2 ORDER BY id DESC LIMIT $3",
            self._conn.workspace, actor, MOST_SHOWN,
        )  # fmt: skip
        return [_import(row) for row in rows]

    async def keep(self, now: Import) -> None:
        """Write down how far one is."""
        notes = [
            {"title": each.title, "reason": each.reason, "count": each.count} for each in now.notes
        ]
        await self._conn.execute(
            "UPDATE ai_import SET file_id = $3, state = $4, done_bytes = $5, all_bytes = $6, made = $7, known = $8,"
            " skipped = $9, notes = $10, failure = $11 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, now.id, now.file_id, now.state, now.done_bytes, now.all_bytes, now.made, now.known,
            now.skipped, notes, now.failure,
        )  # fmt: skip

    async def knows(self, source: str) -> bool:
        """Whether a chat has come in before, and is still there."""
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT FROM ai_chat WHERE workspace_id = $1 AND source = $2)",
                self._conn.workspace, source,
            )
        )  # fmt: skip

    async def set_up(
        self, chat: ConversationId, found: Foreign, *, source: str, leaf_seq: int
    ) -> bool:
        """Store how a chat that comes in is answered; False when it is there already."""
        done = await self._conn.execute(
            "INSERT INTO ai_chat (workspace_id, conversation_id, model, instructions, leaf_seq, source)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, source) WHERE source IS NOT NULL DO NOTHING",
            self._conn.workspace, chat, found.model, found.instructions, leaf_seq, source,
        )  # fmt: skip
        return done == "INSERT 0 1"

    async def add_turns(
        self, chat: ConversationId, turns: Sequence[tuple[int, int, bool, Rating | None]]
    ) -> None:
        """Store the places of turns: their own, that of the one before, whether it is an answer, its rating."""
        await self._conn.execute(
            _TURNS, self._conn.workspace, chat, *map(list, zip(*turns, strict=True))
        )


async def delete_imports(conn: SystemConn, workspace: WorkspaceId, actor: ActorId) -> None:
    """Delete somebody's imports; files that are not read yet are swept when nothing refers to them."""
    await conn.execute(
        "DELETE FROM ai_import WHERE workspace_id = $1 AND actor_id = $2", workspace, actor
    )


def _import(row: Row) -> Import:
    return Import(
        id=row["id"], actor_id=ActorId(row["actor_id"]), file_id=row["file_id"], name=row["name"],
        state=ImportState(row["state"]), done_bytes=row["done_bytes"], all_bytes=row["all_bytes"], made=row["made"],
        known=row["known"], skipped=row["skipped"], failure=row["failure"], created_at=row["created_at"],
        notes=tuple(Note(each["title"], each["reason"], each["count"]) for each in row["notes"]),
    )  # fmt: skip
