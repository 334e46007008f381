"""SQL of uploads that come in pieces."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.kernel.files.types import FileId, Resumable, ResumableId

_COLUMNS = "id, actor_id, name, length, expires_at, file_id"


class ResumableRepository:
    """Uploads in pieces of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(
        self, actor: ActorId, *, name: str, length: int, expires_at: datetime
    ) -> Resumable:
        """Begin an upload."""
        row = await self._conn.fetchrow(
            "INSERT INTO file_resumable (workspace_id, id, actor_id, name, length, expires_at)"
            f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}",
            self._conn.workspace, new_id(), actor, name, length, expires_at,
        )  # fmt: skip
        assert row is not None
        return _resumable(row)

    async def find(self, upload_id: UUID, actor: ActorId) -> Resumable | None:
        """Return somebody's own upload, unless it has expired."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM file_resumable WHERE workspace_id = $1 AND id = $2"
            " AND actor_id = $3 AND expires_at > now()",
            self._conn.workspace, upload_id, actor,
        )  # fmt: skip
        return None if row is None else _resumable(row)

    async def awaited_bytes(self) -> int:
        """Return how many bytes are announced and not a file yet."""
        total = await self._conn.fetchval(
            "SELECT coalesce(sum(length), 0)::bigint FROM file_resumable"
            " WHERE workspace_id = $1 AND file_id IS NULL AND expires_at > now()",
            self._conn.workspace,
        )
        return int(total)

    async def prolong(self, upload_id: ResumableId, expires_at: datetime) -> None:
        """Let an upload live on."""
        await self._conn.execute(
            "UPDATE file_resumable SET expires_at = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, upload_id, expires_at,
        )  # fmt: skip

    async def finish(self, upload_id: ResumableId, file_id: FileId) -> None:
        """Note which file an upload became."""
        await self._conn.execute(
            "UPDATE file_resumable SET file_id = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, upload_id, file_id,
        )  # fmt: skip

    async def delete(self, upload_id: ResumableId) -> None:
        """Forget an upload."""
        await self._conn.execute(
            "DELETE FROM file_resumable WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, upload_id,
        )  # fmt: skip


async def delete_expired(conn: SystemConn) -> None:
    """Forget the uploads of all workspaces whose time is over."""
    await conn.execute("DELETE FROM file_resumable WHERE expires_at < now()")


async def unknown_uploads(conn: SystemConn, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the ids that no unfinished upload of any workspace has."""
    rows = await conn.fetch(
        "SELECT id FROM unnest($1::uuid[]) AS given(id) WHERE NOT EXISTS"
        " (SELECT 1 FROM file_resumable AS known WHERE known.id = given.id AND known.file_id IS NULL)",
        list(ids),
    )
    return [row["id"] for row in rows]


async def delete_of(
    conn: SystemConn, workspaces: Sequence[WorkspaceId], actors: Sequence[ActorId]
) -> None:
    """Forget the uploads that some actors began."""
    await conn.execute(
        "DELETE FROM file_resumable r USING unnest($1::uuid[], $2::uuid[]) AS p(workspace, actor)"
        " WHERE r.workspace_id = p.workspace AND r.actor_id = p.actor",
        list(workspaces), list(actors),
    )  # fmt: skip


def _resumable(row: Row) -> Resumable:
    file = row["file_id"]
    return Resumable(
        ResumableId(row["id"]), ActorId(row["actor_id"]), row["name"], row["length"],
        row["expires_at"], None if file is None else FileId(file),
    )  # fmt: skip
