"""SQL of the knowledge check: what is the matter with a collection's sources and passages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.knowledge.repository.sources import COLUMNS, source_of
from besedka.kernel.knowledge.types import (
    ChunkId,
    CollectionId,
    Pair,
    Place,
    Source,
)

MOST = 50
_TROUBLES = {
    "failed": "state = 'failed'",
    "empty": "state = 'ready' AND chunks = 0",
    "stale": "state = 'ready' AND (kind IN ('url', 'site') AND indexed_at < $4 OR kind IN ('file', 'text') AND indexed_at < $3)",
    "unfound": "state = 'ready' AND chunks > 0 AND found = 0 AND created_at < $5",
}
_SAME = """
SELECT likeness, a.id, a.source_id, sa.title, a.ordinal, a.text, b.id, b.source_id, sb.title, b.ordinal, b.text
 FROM duplicate
 JOIN chunk a ON a.workspace_id = $1 AND a.id = twin_id JOIN source sa ON sa.workspace_id = $1 AND sa.id = a.source_id
 JOIN chunk b ON b.workspace_id = $1 AND b.id = duplicate.id
 JOIN source sb ON sb.workspace_id = $1 AND sb.id = b.source_id
 WHERE duplicate.workspace_id = $1 AND sa.collection_id = $2 AND NOT a.is_off AND NOT b.is_off
 AND sa.deleted_at IS NULL AND sb.deleted_at IS NULL ORDER BY likeness DESC, duplicate.id LIMIT $3
"""


class CheckRepository:
    """The check of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def troubles(
        self, collection_id: CollectionId, *, written: datetime, read: datetime, made: datetime
    ) -> dict[str, list[Source]]:
        """Return sources that are in trouble, by what it is: not written, read or made after these moments."""
        flags = ", ".join(f"({condition}) AS is_{name}" for name, condition in _TROUBLES.items())
        ranks = ", ".join(
            f"count(*) FILTER (WHERE is_{name}) OVER (ORDER BY id) AS nth_{name}"
            for name in _TROUBLES
        )
        wanted = " OR ".join(f"is_{name} AND nth_{name} <= {MOST}" for name in _TROUBLES)
        rows = await self._conn.fetch(
            f"WITH judged AS (SELECT {COLUMNS}, {flags} FROM source WHERE workspace_id = $1 AND collection_id = $2"
            f" AND deleted_at IS NULL AND parent_id IS NULL), ranked AS (SELECT *, {ranks} FROM judged)"
            f" SELECT * FROM ranked WHERE {wanted} ORDER BY id",
            self._conn.workspace, collection_id, written, read, made,
        )  # fmt: skip
        return {
            name: [source_of(r) for r in rows if r[f"is_{name}"] and r[f"nth_{name}"] <= MOST]
            for name in _TROUBLES
        }

    async def duplicates(self, collection_id: CollectionId) -> list[Pair]:
        """Return passages that say nearly the same, and may both be found."""
        rows = await self._conn.fetch(_SAME, self._conn.workspace, collection_id, MOST)
        return [
            Pair(Place(*values[1:6]), Place(*values[6:11]), values[0])
            for values in (list(row.values()) for row in rows)
        ]

    async def texts(
        self, collection_id: CollectionId, *, after: UUID, limit: int
    ) -> list[tuple[ChunkId, str]]:
        """Return the next passages of a collection, by id, that may be found."""
        rows = await self._conn.fetch(
            "SELECT chunk.id, text FROM chunk JOIN source ON source.workspace_id = $1 AND source.id = source_id"
            " WHERE chunk.workspace_id = $1 AND collection_id = $2 AND chunk.id > $3 AND NOT is_off"
            " AND deleted_at IS NULL ORDER BY chunk.id LIMIT $4",
            self._conn.workspace, collection_id, after, limit,
        )  # fmt: skip
        return [(ChunkId(row["id"]), row["text"]) for row in rows]

    async def keep(
        self, collection_id: CollectionId, pairs: Sequence[tuple[ChunkId, ChunkId, int]]
    ) -> None:
        """Put pairs (a passage, its earlier twin, likeness) in the place of those of the last check."""
        await self._conn.execute(
            "DELETE FROM duplicate USING chunk, source WHERE duplicate.workspace_id = $1 AND chunk.workspace_id = $1"
            " AND chunk.id = duplicate.id AND source.workspace_id = $1 AND source.id = source_id"
            " AND collection_id = $2",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        await self._conn.execute(
            "INSERT INTO duplicate (workspace_id, id, twin_id, likeness)"
            " SELECT $1, given.id, twin.id, likeness FROM unnest($2::uuid[], $3::uuid[], $4::int[])"
            "  AS given(id, twin_id, likeness)"
            " JOIN chunk ON chunk.workspace_id = $1 AND chunk.id = given.id"
            " JOIN chunk AS twin ON twin.workspace_id = $1 AND twin.id = given.twin_id ON CONFLICT DO NOTHING",
            self._conn.workspace, *map(list, zip(*pairs, strict=True) if pairs else ([], [], [])),
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE collection SET checked_at = now() WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, collection_id,
        )  # fmt: skip

    async def standing(self, collection_id: CollectionId, job: str) -> tuple[datetime | None, bool]:
        """Return when a collection was last compared, and whether a job is at it."""
        row = await self._conn.fetchrow(
            "SELECT checked_at, EXISTS (SELECT FROM job WHERE job.workspace_id = $1 AND job.name = $3"
            "  AND job.args ->> 'collection_id' = collection.id::text AND job.state IN ('queued', 'running')) AS busy"
            " FROM collection WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, collection_id, job,
        )  # fmt: skip
        return (None, False) if row is None else (row["checked_at"], row["busy"])
