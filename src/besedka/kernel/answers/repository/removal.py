"""SQL of putting assistants away, of their trash, and of what goes with them for good."""

from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId


class RemovalRepository:
    """Assistants of one workspace on their way out and back."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def archive(self, assistant_id: ActorId, *, is_away: bool) -> bool:
        """Put an assistant away or have it back; False when nothing changes, or it is not there."""
        return await self._set(
            "archived_at = CASE WHEN $3 THEN now() END", "deleted_at IS NULL AND (archived_at IS NULL) = $3",
            assistant_id, is_on=is_away,
        )  # fmt: skip

    async def throw(self, assistant_id: ActorId, *, is_deleted: bool) -> bool:
        """Put an assistant into the trash, or take it out; False when it is not where it would go from."""
        return await self._set(
            "deleted_at = CASE WHEN $3 THEN now() END", "(deleted_at IS NULL) = $3",
            assistant_id, is_on=is_deleted,
        )  # fmt: skip

    async def _set(self, change: str, where: str, assistant_id: ActorId, *, is_on: bool) -> bool:
        return bool(
            await self._conn.fetchval(
                f"UPDATE assistant SET {change}, updated_at = now() WHERE workspace_id = $1 AND id = $2 AND {where}"
                " RETURNING true",
                self._conn.workspace, assistant_id, is_on,
            )
        )  # fmt: skip

    async def is_lent(self, collection_id: UUID) -> bool:
        """Whether other assistants, in the trash or not, answer from an assistant's own collection."""
        found = await self._conn.fetchval(
            "SELECT true FROM assistant_collection WHERE workspace_id = $1 AND collection_id = $2 LIMIT 1",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return bool(found)

    async def destroy(self, assistant_id: ActorId) -> bool:
        """Delete an assistant in the trash for good, and all that is only its own; its dialogs keep its name.

        Widgets, tests and what else refers to it go with it. False when it is not in the trash.
        """
        found = await self._conn.fetchval(
            "DELETE FROM assistant WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NOT NULL RETURNING true",
            self._conn.workspace, assistant_id,
        )  # fmt: skip
        if found:
            await self._conn.execute(
                "DELETE FROM prompt_version WHERE workspace_id = $1 AND assistant_id = $2",
                self._conn.workspace, assistant_id,
            )  # fmt: skip
        return bool(found)


async def old(
    conn: SystemConn, *, before: datetime, limit: int
) -> list[tuple[WorkspaceId, ActorId]]:
    """Return assistants of all workspaces that were deleted before a moment, the oldest first."""
    rows = await conn.fetch(
        "SELECT workspace_id, id FROM assistant WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2",
        before, limit,
    )  # fmt: skip
    return [(WorkspaceId(row["workspace_id"]), ActorId(row["id"])) for row in rows]
