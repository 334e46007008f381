"""SQL of searching. It runs as the system role, because row security keeps text indexes from being used;
every function takes the workspace first, and what is found is read again as the workspace.

Conditions on the workspace are written `IS NOT DISTINCT FROM`, which no index can serve: the planner then takes
the index of keys, however few rows it believes the workspace to have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.types import ChunkId, CollectionId

K1, B = 0.9, 0.4


@dataclass(frozen=True, slots=True)
class Sums:
    """What ranking has to know of the searched collections."""

    chunks: int
    words: int
    stamp: str = ""
    """Differs whenever one of the collections has changed."""

    @property
    def mean(self) -> float:
        """The mean length of a passage."""
        return max(self.words / self.chunks, 1.0) if self.chunks else 1.0


@dataclass(frozen=True, slots=True)
class Weighted:
    """A key to search for. Of keys with the same `term`, a passage counts the best one only."""

    key: int
    term: int
    weight: float
    passages: int = 0
    """In how many it is."""


@dataclass(frozen=True, slots=True)
class Postings:
    """In which passages a key occurs, how often in each, and how long each is."""

    key: int
    chunks: Sequence[ChunkId]
    counts: Sequence[int]
    lengths: Sequence[int]


async def sums(
    conn: SystemConn, workspace: WorkspaceId, collections: Sequence[CollectionId]
) -> Sums:
    """Return the sums over some collections of a workspace."""
    row = await conn.fetchrow(
        "SELECT coalesce(sum(chunks), 0)::bigint AS chunks, coalesce(sum(words), 0)::bigint AS words,"
        " coalesce(string_agg(id::text || xmin::text, ' ' ORDER BY id), '') AS stamp"
        " FROM collection WHERE workspace_id = $1 AND id = ANY($2)",
        workspace, collections,
    )  # fmt: skip
    assert row is not None
    return Sums(row["chunks"], row["words"], row["stamp"])


async def frequencies(
    conn: SystemConn, workspace: WorkspaceId, keys: Sequence[int]
) -> Mapping[int, int]:
    """Return in how many passages each key occurs."""
    rows = await conn.fetch(
        "SELECT key, (SELECT count(*) FROM posting WHERE keys @> ARRAY[key]"
        " AND workspace_id IS NOT DISTINCT FROM $1) AS passages FROM unnest($2::bigint[]) AS key",
        workspace, keys,
    )  # fmt: skip
    return {row["key"]: row["passages"] for row in rows}


async def postings(conn: SystemConn, workspace: WorkspaceId, keys: Sequence[int]) -> list[Postings]:
    """Return where each of some keys occurs."""
    rows = await conn.fetch(
        "SELECT key, held.* FROM unnest($2::bigint[]) AS key CROSS JOIN LATERAL ("
        "SELECT coalesce(array_agg(chunk_id), '{}') AS chunks,"
        " coalesce(array_agg(get_byte(counts, array_position(keys, key) - 1)), '{}') AS counts,"
        " coalesce(array_agg(length), '{}') AS lengths FROM posting"
        " WHERE keys @> ARRAY[key] AND workspace_id IS NOT DISTINCT FROM $1) AS held",
        workspace, keys,
    )  # fmt: skip
    return [Postings(*row.values()) for row in rows]


async def best(
    conn: SystemConn, workspace: WorkspaceId, wanted: Sequence[Weighted], *,
    rare: Sequence[int], mean: float, limit: int,
) -> Mapping[ChunkId, float]:  # fmt: skip
    """Return the passages with any of the `rare` keys that score best by BM25, and their scores.

    Every wanted key adds `weight · n · (k1 + 1) / (n + k1 · (1 - b + b · length / mean))`, where n is how often it
    occurs. The passages are first ordered as if everything occurred once, which takes the index alone; the
    occurrences of the best are then counted. (Without their casts the parameters would be taken for integers.)
    """
    rows = await conn.fetch(
        "WITH wanted AS MATERIALIZED (SELECT * FROM unnest($2::bigint[], $3::int[], $4::float8[])"
        "  AS wanted(key, term, weight)),"
        " found AS (SELECT chunk_id, term, max(weight / (1 + $6::float8 * (1 - $7::float8 + $7 * length / $8::float8))) AS score"
        "  FROM wanted CROSS JOIN LATERAL (SELECT chunk_id, length FROM posting WHERE keys @> ARRAY[key]"
        "   AND keys && $5::bigint[] AND workspace_id IS NOT DISTINCT FROM $1) AS posting"
        "  GROUP BY chunk_id, term),"
        " promising AS MATERIALIZED (SELECT chunk_id FROM found"
        "  GROUP BY chunk_id ORDER BY sum(score) DESC, chunk_id LIMIT $9),"
        " counted AS (SELECT chunk_id, term,"
        "   max(weight * n * ($6 + 1) / (n + $6 * (1 - $7 + $7 * length / $8))) AS score"
        "  FROM promising JOIN posting USING (chunk_id)"
        "  CROSS JOIN LATERAL unnest(keys) WITH ORDINALITY AS held(key, place) JOIN wanted USING (key)"
        "  CROSS JOIN LATERAL get_byte(counts, place::int - 1) AS n"
        "  WHERE posting.workspace_id = $1 GROUP BY chunk_id, term)"
        " SELECT chunk_id, sum(score) AS score FROM counted"
        " GROUP BY chunk_id ORDER BY score DESC, chunk_id",
        workspace, [each.key for each in wanted], [each.term for each in wanted],
        [each.weight for each in wanted], rare, K1, B, mean, limit,
    )  # fmt: skip
    return {ChunkId(row["chunk_id"]): row["score"] for row in rows}


@dataclass(frozen=True, slots=True)
class Spelt:
    """A lexeme of the vocabulary with a word that it stands for."""

    lexeme: str
    spelling: str


async def spelt_alike(
    conn: SystemConn, workspace: WorkspaceId, collections: Sequence[CollectionId],
    *, beginning: str, ending: str, lengths: range,
) -> list[Spelt]:  # fmt: skip
    """Return lexemes of a length within `lengths` that have a beginning or an ending."""
    rows = await conn.fetch(
        "SELECT lexeme, min(spelling) AS spelling FROM ("
        " SELECT lexeme, spelling FROM word WHERE workspace_id = $1 AND collection_id = ANY($2)"
        "  AND lexeme >= $3 AND lexeme < $3 || chr(1114111) AND length(lexeme) BETWEEN $5 AND $6"
        " UNION ALL SELECT lexeme, spelling FROM word WHERE workspace_id = $1 AND collection_id = ANY($2)"
        "  AND reverse(lexeme) >= reverse($4) AND reverse(lexeme) < reverse($4) || chr(1114111)"
        "  AND length(lexeme) BETWEEN $5 AND $6) AS either GROUP BY lexeme",
        workspace, collections, beginning, ending, lengths.start, lengths.stop - 1,
    )  # fmt: skip
    return [Spelt(row["lexeme"], row["spelling"]) for row in rows]


async def beginning_alike(
    conn: SystemConn, workspace: WorkspaceId, collections: Sequence[CollectionId],
    beginnings: Sequence[str], *, limit: int,
) -> list[tuple[str, str]]:  # fmt: skip
    """Return pairs of a beginning and a lexeme that has it, at most `limit` for each."""
    rows = await conn.fetch(
        "SELECT beginning, lexeme FROM unnest($3::text[]) AS beginning CROSS JOIN LATERAL ("
        " SELECT DISTINCT lexeme FROM word WHERE workspace_id = $1 AND collection_id = ANY($2)"
        " AND lexeme >= beginning AND lexeme < beginning || chr(1114111) ORDER BY lexeme LIMIT $4) AS word",
        workspace, collections, beginnings, limit,
    )  # fmt: skip
    return [(row["beginning"], row["lexeme"]) for row in rows]


class Found(NamedTuple):
    """A passage as it is shown to whoever asked."""

    chunk_id: ChunkId
    source_id: UUID
    title: str
    heading: tuple[str, ...]
    text: str
    page: int | None
    url: str | None
    question: str | None = None
    """Of a question–answer pair."""


class FoundRepository:
    """Reads what a search found, as the workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def read(self, ids: Sequence[ChunkId]) -> Mapping[ChunkId, Found]:
        """Return those of the passages that are there and belong to the workspace."""
        rows = await self._conn.fetch(
            "SELECT chunk.id, source_id, title, heading, text, page, url, question FROM chunk"
            " JOIN source ON source.workspace_id = chunk.workspace_id AND source.id = chunk.source_id"
            " WHERE chunk.workspace_id = $1 AND chunk.id = ANY($2) AND NOT is_off AND deleted_at IS NULL",
            self._conn.workspace, ids,
        )  # fmt: skip
        found = (Found(*row.values()) for row in rows)
        return {each.chunk_id: each._replace(heading=tuple(each.heading)) for each in found}
