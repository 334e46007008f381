"""SQL of single passages: looking at them, changing one, switching some off, and counting how often they are found.

Lock order: a site's source, a page's or another source's, the collection's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import new_id
from besedka.kernel.knowledge.types import ChunkId, Kept, Passage, PassageLook, SourceId

_COLUMNS = "id, ordinal, heading, text, page, is_off, original, edited_at, found, cited, found_at"
_LOOKS = {
    PassageLook.ALL: "true",
    PassageLook.OFF: "is_off",
    PassageLook.EDITED: "original IS NOT NULL",
    PassageLook.UNFOUND: "found = 0",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which passages of a source a list has: those with some words, in a state, after an ordinal."""

    words: str = ""
    look: PassageLook = PassageLook.ALL
    after: int | None = None
    limit: int = 50


class PassageRepository:
    """Passages of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def page(self, source_id: SourceId, wanted: Wanted) -> list[Passage]:
        """Return a source's passages in order."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM chunk WHERE workspace_id = $1 AND source_id = $2"
            f" AND ($3::int IS NULL OR ordinal > $3) AND {_LOOKS[wanted.look]}"
            " AND ($5 = '' OR strpos(lower(text), lower($5)) > 0) ORDER BY ordinal LIMIT $4",
            self._conn.workspace, source_id, wanted.after, wanted.limit, wanted.words,
        )  # fmt: skip
        return [_passage(row) for row in rows]

    async def around(self, source_id: SourceId, ordinal: int, *, reach: int) -> list[Passage]:
        """Return a passage with its neighbours, in order."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM chunk WHERE workspace_id = $1 AND source_id = $2"
            " AND ordinal BETWEEN $3::int - $4::int AND $3::int + $4::int ORDER BY ordinal",
            self._conn.workspace, source_id, ordinal, reach,
        )  # fmt: skip
        return [_passage(row) for row in rows]

    async def find(self, chunk_id: ChunkId) -> tuple[SourceId, Passage] | None:
        """Return a passage with the source that it is of; none of a source in the trash."""
        row = await self._conn.fetchrow(
            f"SELECT source_id, {_COLUMNS} FROM chunk WHERE workspace_id = $1 AND id = $2 AND EXISTS ("
            " SELECT FROM source WHERE source.workspace_id = $1 AND source.id = source_id AND deleted_at IS NULL)",
            self._conn.workspace, chunk_id,
        )  # fmt: skip
        return None if row is None else (SourceId(row["source_id"]), _passage(row))

    async def first_text(self, source_id: SourceId) -> str:
        """Return what a source says first."""
        found: str | None = await self._conn.fetchval(
            "SELECT coalesce(original, text) FROM chunk WHERE workspace_id = $1 AND source_id = $2"
            " ORDER BY ordinal LIMIT 1",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return found or ""

    async def lock_source(self, source_id: SourceId) -> list[str]:
        """Keep a source, and the site that it is of, as they are until the commit; returns their states."""
        rows = await self._conn.fetch(
            "WITH own AS (SELECT id, parent_id FROM source WHERE workspace_id = $1 AND id = $2)"
            " SELECT state FROM source WHERE workspace_id = $1"
            " AND id IN (SELECT id FROM own UNION SELECT parent_id FROM own)"
            " ORDER BY parent_id IS NOT NULL FOR UPDATE",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return [row["state"] for row in rows]

    async def rewrite(self, chunk_id: ChunkId, text: str) -> None:
        """Put other words into a passage; with the document's own words it counts as unchanged again."""
        await self._conn.execute(
            "UPDATE chunk SET text = $3, original = nullif(coalesce(original, text), $3),"
            " edited_at = CASE WHEN coalesce(original, text) = $3 THEN NULL ELSE now() END"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, chunk_id, text,
        )  # fmt: skip

    async def switch(self, ids: Sequence[ChunkId], *, off: bool) -> None:
        """Say whether passages may be found; those that may not lose their postings."""
        await self._conn.execute(
            "WITH off AS (DELETE FROM posting WHERE $3 AND workspace_id = $1 AND chunk_id = ANY($2))"
            " UPDATE chunk SET is_off = $3 WHERE workspace_id = $1 AND id = ANY($2)",
            self._conn.workspace, ids, off,
        )  # fmt: skip

    async def held(self, source_id: SourceId) -> list[tuple[tuple[str, ...], Kept]]:
        """Return what may be kept of a source's passages, each after its headings, in order."""
        rows = await self._conn.fetch(
            "SELECT heading, id, text, original, is_off, edited_at, found, cited, found_at FROM chunk"
            " WHERE workspace_id = $1 AND source_id = $2 ORDER BY ordinal",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return [(tuple(row["heading"]), Kept(*list(row.values())[1:])) for row in rows]

    async def clear(self, source_id: SourceId, *, besides: int) -> None:
        """Delete a source's passages; that more of them had been changed by hand than `besides` is noted."""
        await self._conn.execute(
            "WITH gone AS (DELETE FROM chunk WHERE workspace_id = $1 AND source_id = $2"
            "  RETURNING is_off OR original IS NOT NULL AS own),"
            " lost AS (SELECT count(*) FILTER (WHERE own) - $3 AS passages FROM gone)"
            " UPDATE source SET notices = notices || jsonb_build_array(jsonb_build_object("
            "  'code', 'edits_replaced', 'params', jsonb_build_object('passages', passages)))"
            " FROM lost WHERE workspace_id = $1 AND id = $2 AND passages > 0",
            self._conn.workspace, source_id, besides,
        )  # fmt: skip

    async def mark(self, kept: Sequence[Kept]) -> None:
        """Give passages back what their owner did with them, and how often they were found."""
        await self._conn.execute(
            "WITH given AS MATERIALIZED (SELECT * FROM unnest($2::uuid[], $3::text[], $4::bool[],"
            "  $5::timestamptz[], $6::int[], $7::int[], $8::timestamptz[])"
            "  AS given(id, original, is_off, edited_at, found, cited, found_at)),"
            " off AS (DELETE FROM posting USING given WHERE workspace_id = $1 AND chunk_id = given.id AND given.is_off)"
            " UPDATE chunk SET original = given.original, is_off = given.is_off, edited_at = given.edited_at,"
            "  found = given.found, cited = given.cited, found_at = given.found_at"
            " FROM given WHERE workspace_id = $1 AND chunk.id = given.id",
            self._conn.workspace, [each.id for each in kept], [each.original for each in kept],
            [each.is_off for each in kept], [each.edited_at for each in kept], [each.found for each in kept],
            [each.cited for each in kept], [each.found_at for each in kept],
        )  # fmt: skip

    async def note_use(self, used: Sequence[tuple[Sequence[UUID], Sequence[UUID]]]) -> None:
        """Note which passages answers had before them, and which they cite; they are added up later."""
        await self._conn.execute(
            "INSERT INTO passage_use (workspace_id, id, found, cited) SELECT $1, each.id, each.found::uuid[],"
            " each.cited::uuid[] FROM unnest($2::uuid[], $3::text[], $4::text[]) AS each(id, found, cited)",
            self._conn.workspace, [new_id() for _ in used], [_array(found) for found, _ in used],
            [_array(cited) for _, cited in used],
        )  # fmt: skip


def _array(ids: Iterable[UUID]) -> str:
    """Spell an array: arrays of arrays would all have to be as long."""
    return "{" + ",".join(map(str, ids)) + "}"


@dataclass(frozen=True, slots=True)
class Use:
    """How often answers had a passage before them, and cited it."""

    workspace_id: UUID
    chunk_id: UUID
    found: int
    cited: int
    found_at: datetime


async def take_uses(conn: SystemConn, *, limit: int) -> list[Use]:
    """Take what was noted of that many answers of all workspaces away, summed by passage, in the order of ids."""
    rows = await conn.fetch(
        "WITH taken AS (DELETE FROM passage_use WHERE (workspace_id, id) IN ("
        "  SELECT workspace_id, id FROM passage_use WHERE created_at <= now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)"
        "  RETURNING workspace_id, found, cited, created_at)"
        " SELECT workspace_id, chunk_id, count(*) FILTER (WHERE NOT is_cited)::int,"
        "  count(*) FILTER (WHERE is_cited)::int, max(created_at) FROM ("
        "  SELECT workspace_id, unnest(found) AS chunk_id, false AS is_cited, created_at FROM taken"
        "  UNION ALL SELECT workspace_id, unnest(cited), true, created_at FROM taken) AS each"
        " GROUP BY workspace_id, chunk_id ORDER BY workspace_id, chunk_id",
        limit,
    )  # fmt: skip
    return [Use(*row.values()) for row in rows]


_USED = (
    "WITH used AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::timestamptz[])"
    " AS used(workspace_id, chunk_id, found, cited, found_at)),"
)


async def add_up(conn: SystemConn, uses: Sequence[Use]) -> None:
    """Add uses to the rows of passages, their sources and sites. Sources are locked first, sites before pages."""
    columns = [
        [use.workspace_id for use in uses], [use.chunk_id for use in uses], [use.found for use in uses],
        [use.cited for use in uses], [use.found_at for use in uses],
    ]  # fmt: skip
    await conn.execute(
        _USED
        + " counted AS (SELECT source.workspace_id, owner AS id, sum(used.found)::int AS found,"
        "  max(used.found_at) AS found_at FROM used"
        "  JOIN chunk ON chunk.workspace_id = used.workspace_id AND chunk.id = used.chunk_id"
        "  JOIN source ON source.workspace_id = chunk.workspace_id AND source.id = chunk.source_id"
        "  CROSS JOIN LATERAL unnest(ARRAY[source.id, source.parent_id]) AS owner"
        "  WHERE owner IS NOT NULL GROUP BY source.workspace_id, owner),"
        " held AS MATERIALIZED (SELECT source.workspace_id, source.id, counted.found, counted.found_at"
        "  FROM source JOIN counted USING (workspace_id, id) ORDER BY parent_id IS NOT NULL, id FOR UPDATE OF source)"
        " UPDATE source SET found = source.found + held.found, found_at = greatest(source.found_at, held.found_at)"
        " FROM held WHERE source.workspace_id = held.workspace_id AND source.id = held.id",
        *columns,
    )
    await conn.execute(
        _USED
        + " held AS MATERIALIZED (SELECT chunk.workspace_id, chunk.id, used.found, used.cited, used.found_at"
        "  FROM chunk JOIN used ON used.workspace_id = chunk.workspace_id AND used.chunk_id = chunk.id"
        "  ORDER BY chunk.id FOR UPDATE OF chunk)"
        " UPDATE chunk SET found = chunk.found + held.found, cited = chunk.cited + held.cited,"
        "  found_at = greatest(chunk.found_at, held.found_at) FROM held"
        " WHERE chunk.workspace_id = held.workspace_id AND chunk.id = held.id",
        *columns,
    )


def _passage(row: Row) -> Passage:
    return Passage(
        id=ChunkId(row["id"]), ordinal=row["ordinal"], heading=tuple(row["heading"]), text=row["text"],
        page=row["page"], is_off=row["is_off"], original=row["original"], edited_at=row["edited_at"],
        found=row["found"], cited=row["cited"], found_at=row["found_at"],
    )  # fmt: skip
