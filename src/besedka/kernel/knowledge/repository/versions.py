"""SQL of versions: what sources said before they were read anew."""

from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import new_id
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.types import SourceId, Version

MOST = 10
"""Of a source; a page that changes daily would fill the disk with its past."""


class VersionRepository:
    """Versions of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def archive(self, source_id: SourceId) -> None:
        """Keep what a source says at this moment, and forget the oldest of what it said."""
        await self._conn.execute(
            "INSERT INTO source_version (workspace_id, id, source_id, title, chars, chunks, passages)"
            " SELECT $1, $3, $2, source.title, held.chars, held.chunks, held.passages FROM source,"
            " (SELECT sum(length(text))::int AS chars, count(*)::int AS chunks, jsonb_agg(jsonb_build_object("
            "   'text', text, 'heading', heading, 'page', page) ORDER BY ordinal) AS passages"
            "  FROM chunk WHERE workspace_id = $1 AND source_id = $2) AS held"
            " WHERE workspace_id = $1 AND id = $2 AND held.chunks > 0",
            self._conn.workspace, source_id, new_id(),
        )  # fmt: skip
        await self._conn.execute(
            "DELETE FROM source_version WHERE workspace_id = $1 AND id IN (SELECT id FROM source_version"
            " WHERE workspace_id = $1 AND source_id = $2 ORDER BY id DESC OFFSET $3)",
            self._conn.workspace, source_id, MOST,
        )  # fmt: skip

    async def list_all(self, source_id: SourceId) -> list[Version]:
        """Return the versions of a source, newest first."""
        rows = await self._conn.fetch(
            "SELECT id, title, chars, chunks, created_at FROM source_version"
            " WHERE workspace_id = $1 AND source_id = $2 ORDER BY id DESC LIMIT $3",
            self._conn.workspace, source_id, MOST,
        )  # fmt: skip
        return [Version(*row.values()) for row in rows]

    async def passages(self, source_id: SourceId, version_id: UUID) -> list[Chunk] | None:
        """Return what a version says; None when there is no such version of the source."""
        found = await self._conn.fetchval(
            "SELECT passages FROM source_version WHERE workspace_id = $1 AND source_id = $2 AND id = $3",
            self._conn.workspace, source_id, version_id,
        )  # fmt: skip
        if found is None:
            return None
        return [
            Chunk(each["text"], tuple(each["heading"]), ordinal, each["page"])
            for ordinal, each in enumerate(found)
        ]


async def forget(conn: SystemConn, *, before: datetime) -> None:
    """Delete the versions of all workspaces that were replaced before a moment."""
    await conn.execute("DELETE FROM source_version WHERE created_at < $1", before)
