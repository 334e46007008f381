"""SQL of the trash: sources that were deleted, and can be had back for a while.

They keep their rows, their passages and their files, and have no postings: nothing of them is found.
Lock order: a site's source, its pages', the collection's.
"""

from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository.index import Deleted
from besedka.kernel.knowledge.repository.sources import COLUMNS, source_of
from besedka.kernel.knowledge.types import CollectionId, Source, SourceId

_THROW = (
    "{top}gone AS (UPDATE source SET deleted_at = now() WHERE workspace_id = $1 AND deleted_at IS NULL AND {meant}"
    "  RETURNING id, collection_id, file_id, kind, chunks, words),"
    " unfound AS (DELETE FROM posting USING chunk WHERE posting.workspace_id = $1"
    "  AND chunk.workspace_id = $1 AND chunk.id = posting.chunk_id AND chunk.source_id IN (SELECT id FROM gone)),"
    " sums AS (SELECT collection_id, min(file_id::text)::uuid AS file_id,"
    "  coalesce(sum(chunks) FILTER (WHERE kind <> 'site'), 0)::int AS chunks,"
    "  coalesce(sum(words) FILTER (WHERE kind <> 'site'), 0)::bigint AS words FROM gone GROUP BY collection_id)"
    " UPDATE collection SET chunks = collection.chunks - sums.chunks,"
    " words = collection.words - sums.words FROM sums"
    " WHERE workspace_id = $1 AND id = sums.collection_id"
    " RETURNING sums.collection_id, sums.file_id, sums.chunks, vocabulary"
)


class TrashRepository:
    """The trash of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def throw(self, source_id: SourceId) -> Deleted | None:
        """Put a source with its pages into the trash; None when it is not there, or a page of a site."""
        row = await self._conn.fetchrow(
            _THROW.format(
                top="WITH top AS MATERIALIZED (SELECT id FROM source WHERE workspace_id = $1 AND id = $2"
                "  AND deleted_at IS NULL AND parent_id IS NULL FOR UPDATE), ",
                meant="(id = (SELECT id FROM top) OR parent_id = (SELECT id FROM top))",
            ),
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else Deleted(*row.values())

    async def throw_all(self, collection_id: CollectionId) -> Deleted | None:
        """Put all sources of a collection into the trash; None when it has none."""
        row = await self._conn.fetchrow(
            _THROW.format(
                top="WITH top AS MATERIALIZED (SELECT id FROM source WHERE workspace_id = $1 AND collection_id = $2"
                "  AND deleted_at IS NULL ORDER BY parent_id IS NOT NULL, id FOR UPDATE), ",
                meant="id IN (SELECT id FROM top)",
            ),
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return None if row is None else Deleted(*row.values())

    async def went_with(self, collection_id: UUID) -> list[SourceId]:
        """Return the sources that were deleted together with a collection, and keep them there until the commit."""
        rows = await self._conn.fetch(
            "SELECT source.id FROM source JOIN collection ON collection.workspace_id = $1 AND collection.id = $2"
            " WHERE source.workspace_id = $1 AND collection_id = $2 AND parent_id IS NULL"
            " AND source.deleted_at = collection.deleted_at ORDER BY source.id FOR UPDATE OF source",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return [SourceId(row["id"]) for row in rows]

    async def list_all(self, collection_id: UUID | None, *, limit: int) -> list[Source]:
        """Return what lies in the trash, what was deleted last first; pages go with their sites."""
        rows = await self._conn.fetch(
            f"SELECT {COLUMNS} FROM source WHERE workspace_id = $1 AND deleted_at IS NOT NULL"
            " AND parent_id IS NULL AND ($2::uuid IS NULL OR collection_id = $2) ORDER BY deleted_at DESC, id LIMIT $3",
            self._conn.workspace, collection_id, limit,
        )  # fmt: skip
        return [source_of(row) for row in rows]

    async def find(self, source_id: SourceId) -> Source | None:
        """Return a source that lies in the trash, and keep it there until the commit."""
        row = await self._conn.fetchrow(
            f"SELECT {COLUMNS} FROM source WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NOT NULL"
            " AND parent_id IS NULL FOR UPDATE",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else source_of(row)

    async def take_out(self, source_id: SourceId) -> None:
        """Take a source with its pages out of the trash; until its passages are posted again nothing of it is found."""
        await self._conn.execute(
            "UPDATE source SET deleted_at = NULL, state = 'queued', progress = 0, chunks = 0, words = 0,"
            " updated_at = now() WHERE workspace_id = $1 AND (id = $2 OR parent_id = $2)",
            self._conn.workspace, source_id,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE site SET is_visiting = false, part = part + 1 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id,
        )  # fmt: skip

    async def parts(self, source_id: SourceId) -> list[SourceId]:
        """Return those of a source and its pages that have passages of their own."""
        rows = await self._conn.fetch(
            "SELECT id FROM source WHERE workspace_id = $1 AND (id = $2 OR parent_id = $2) AND kind <> 'site'"
            " AND deleted_at IS NULL ORDER BY id",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return [SourceId(row["id"]) for row in rows]

    async def end(self, source_id: SourceId) -> None:
        """Record that a source, or a site with its pages, can be searched again."""
        await self._conn.execute(
            "UPDATE source SET progress = 100, updated_at = now(), state = CASE WHEN EXISTS (SELECT FROM site"
            "  WHERE site.workspace_id = $1 AND site.id = source.id AND is_preview) THEN 'preview' ELSE 'ready' END"
            " WHERE workspace_id = $1 AND (id = $2 OR parent_id = $2) AND deleted_at IS NULL",
            self._conn.workspace, source_id,
        )  # fmt: skip


async def old(
    conn: SystemConn, *, before: datetime, limit: int
) -> list[tuple[WorkspaceId, SourceId]]:
    """Return sources of all workspaces that were deleted before a moment, the oldest first; no pages."""
    rows = await conn.fetch(
        "SELECT workspace_id, id FROM source WHERE deleted_at < $1 AND parent_id IS NULL ORDER BY deleted_at LIMIT $2",
        before, limit,
    )  # fmt: skip
    return [(WorkspaceId(row["workspace_id"]), SourceId(row["id"])) for row in rows]
