"""SQL of the trash: sources that were deleted, and can be had back for a while.

They keep their rows, their passages and their files, and have no postings: nothing of them is found. Pages that went with
their site have its `deleted_at`; one that was deleted by itself lies there by itself, and its site knows its address.
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

_BY_ITSELF = (
    "NOT EXISTS (SELECT FROM source AS site WHERE site.workspace_id = source.workspace_id AND site.id = source.parent_id"
    " AND site.deleted_at IS NOT NULL)"
)
"""What lies in the trash and did not go with its site, nor lost its site afterwards."""


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

    async def throw_page(self, page_id: SourceId, *, site_id: SourceId) -> Deleted | None:
        """Put a page of a site into the trash by itself; None when it is not there. Call with the site locked."""
        row = await self._conn.fetchrow(
            _THROW.format(
                top="WITH top AS MATERIALIZED (SELECT id FROM source WHERE workspace_id = $1 AND id = $2"
                "  AND deleted_at IS NULL AND parent_id = $3 FOR UPDATE), ",
                meant="id = (SELECT id FROM top)",
            ),
            self._conn.workspace, page_id, site_id,
        )  # fmt: skip
        if row is None:
            return None
        await self._conn.execute(
            "UPDATE source AS site SET chunks = greatest(site.chunks - page.chunks, 0), chars = greatest(site.chars"
            "  - page.chars, 0), done = greatest(site.done - 1, 0), total = greatest(site.total - 1, 0) FROM source AS page"
            " WHERE site.workspace_id = $1 AND site.id = $3 AND page.workspace_id = $1 AND page.id = $2",
            self._conn.workspace, page_id, site_id,
        )  # fmt: skip
        return Deleted(*row.values())

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
        """Return what lies in the trash by itself, what was deleted last first; a site's pages went with it."""
        rows = await self._conn.fetch(
            f"SELECT {COLUMNS} FROM source WHERE workspace_id = $1 AND deleted_at IS NOT NULL AND {_BY_ITSELF}"
            " AND ($2::uuid IS NULL OR collection_id = $2) ORDER BY deleted_at DESC, id LIMIT $3",
            self._conn.workspace, collection_id, limit,
        )  # fmt: skip
        return [source_of(row) for row in rows]

    async def find(self, source_id: SourceId) -> Source | None:
        """Return a source that lies in the trash by itself, and keep it there until the commit."""
        row = await self._conn.fetchrow(
            f"SELECT {COLUMNS} FROM source WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NOT NULL"
            f" AND {_BY_ITSELF} FOR UPDATE",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else source_of(row)

    async def take_out(self, source_id: SourceId) -> None:
        """Take a source with the pages that went with it out of the trash.

        Until its passages are posted again nothing of it is found.
        """
        await self._conn.execute(
            "UPDATE source SET deleted_at = NULL, state = 'queued', progress = 0, chunks = 0, words = 0,"
            " updated_at = now() FROM source AS top WHERE top.workspace_id = $1 AND top.id = $2"
            " AND source.workspace_id = $1 AND (source.id = $2 OR source.parent_id = $2)"
            " AND source.deleted_at = top.deleted_at",
            self._conn.workspace, source_id,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE site SET is_visiting = false, part = part + 1 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id,
        )  # fmt: skip

    async def give_back(self, page: Source) -> None:
        """Count a page that was taken out of the trash among those of its site; its passages are once they are posted."""
        await self._conn.execute(
            "UPDATE source SET chars = chars + $3, done = done + 1, total = total + 1 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, page.parent_id, page.chars,
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
    """Return sources of all workspaces that were deleted before a moment, the oldest first; no pages that went with a site."""
    rows = await conn.fetch(
        "SELECT workspace_id, id FROM source WHERE deleted_at < $1 AND NOT EXISTS (SELECT FROM source AS site"
        " WHERE site.workspace_id = source.workspace_id AND site.id = source.parent_id"
        " AND site.deleted_at = source.deleted_at) ORDER BY deleted_at LIMIT $2",
        before, limit,
    )  # fmt: skip
    return [(WorkspaceId(row["workspace_id"]), SourceId(row["id"])) for row in rows]
