"""SQL of vectors. They live in a schema of their own that exists only where pgvector does.

The schema of the product must not need an extension, so migrations and models do not know of this table, and backups leave
it out: what is in it can be made again. Rows go with their passages.

`vector` has no fixed length, since every workspace has a model of its own; `model` and the length together say what can be
compared with what. Above some thousand rows an index per length is made (`ensure_index`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from besedka.core.db import rls
from besedka.core.db.connection import APP_ROLE, SYSTEM_ROLE, Conn, TenantConn
from besedka.kernel.knowledge.repository import arrays
from besedka.kernel.knowledge.types import ChunkId, CollectionId

SCHEMA = "besedka_vectors"
OLDEST = (0, 8)
LONGEST_INDEXED = 4000
"""Longer vectors can be stored, but not indexed."""
_TABLE = f"{SCHEMA}.chunk_vector"
_BACKGROUND = 500
_FLAWED = f"""SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relname = $1 AND c.relnamespace = to_regnamespace('{SCHEMA}') AND NOT i.indisvalid"""


@dataclass(frozen=True, slots=True)
class Offered:
    """Which pgvector a server has: installed in this database, and at hand to be installed; None for none."""

    installed: str | None
    available: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A passage without a vector, with the words that say what it is about."""

    chunk_id: ChunkId
    collection_id: CollectionId
    title: str
    heading: Sequence[str]
    text: str


@dataclass(frozen=True, slots=True)
class Nearness:
    """The nearest passages with their distances, and how far away passages are in general: mean, spread, number."""

    distances: Mapping[ChunkId, float]
    mean: float = 0.0
    spread: float = 0.0
    passages: int = 0


async def offered(conn: Conn) -> Offered:
    """Return which pgvector the server has."""
    row = await conn.fetchrow(
        "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed,"
        " (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available"
    )
    assert row is not None
    return Offered(row["installed"], row["available"])


async def is_there(conn: Conn) -> bool:
    """Whether vectors can be stored in this database."""
    found = await conn.fetchval(f"SELECT to_regclass('{_TABLE}') IS NOT NULL")
    return bool(found)


async def make(conn: Conn) -> None:
    """Make the schema, as the owner of the database, inside a transaction; what is there already stays."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext($1))", SCHEMA)
    for statement in (
        "CREATE EXTENSION IF NOT EXISTS vector",
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (workspace_id uuid NOT NULL, chunk_id uuid NOT NULL,"
        " collection_id uuid NOT NULL, model text NOT NULL, vector halfvec NOT NULL,"
        " PRIMARY KEY (workspace_id, chunk_id),"
        " FOREIGN KEY (workspace_id, chunk_id) REFERENCES public.chunk (workspace_id, id) ON DELETE CASCADE)",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {APP_ROLE}, {SYSTEM_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_TABLE} TO {APP_ROLE}, {SYSTEM_ROLE}",
        *(each.replace('"chunk_vector"', _TABLE) for each in rls.policy_statements("chunk_vector")),
    ):
        await conn.execute(statement)


async def ensure_index(conn: Conn, length: int) -> None:
    """Make the index of vectors of one length, as the owner and outside of a transaction; it takes minutes.

    Who comes while another makes it leaves it to them: two at once would wait for each other. The connection has to be
    closed afterwards, which ends the turn.
    """
    name = f"ix_chunk_vector_{length:d}"
    if not await conn.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", name):
        return
    if await conn.fetchval(_FLAWED, name) is not None:
        await conn.execute(f"DROP INDEX {SCHEMA}.{name}")
    await conn.execute(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {_TABLE}"
        f" USING hnsw ((vector::halfvec({length:d})) halfvec_cosine_ops) WHERE vector_dims(vector) = {length:d}"
    )


def written(vector: Sequence[float]) -> str:
    """Return a vector as pgvector reads it."""
    return f"[{','.join(f'{number:.6g}' for number in vector)}]"


class VectorRepository:
    """Vectors of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def missing(self, model: str, *, after: UUID, limit: int) -> list[Missing]:
        """Return the next passages that have no vector of a model."""
        rows = await self._conn.fetch(
            "SELECT chunk.id, collection_id, title, heading, text FROM chunk"
            " JOIN source ON source.workspace_id = chunk.workspace_id AND source.id = chunk.source_id"
            " WHERE chunk.workspace_id = $1 AND chunk.id > $3 AND NOT is_off AND deleted_at IS NULL AND NOT EXISTS ("
            f"  SELECT FROM {_TABLE} AS made WHERE made.workspace_id = $1 AND made.chunk_id = chunk.id AND model = $2)"
            " ORDER BY chunk.id LIMIT $4",
            self._conn.workspace, model, after, limit,
        )  # fmt: skip
        return [Missing(*row.values()) for row in rows]

    async def count(self, model: str) -> int:
        """Return how many passages have a vector of a model."""
        found = await self._conn.fetchval(
            f"SELECT count(*) FROM {_TABLE} WHERE workspace_id = $1 AND model = $2",
            self._conn.workspace, model,
        )  # fmt: skip
        return int(found)

    async def passages(self) -> int:
        """Return how many passages the workspace has."""
        found = await self._conn.fetchval(
            "SELECT coalesce(sum(chunks), 0) FROM collection WHERE workspace_id = $1",
            self._conn.workspace,
        )  # fmt: skip
        return int(found)

    async def put(
        self, model: str, passages: Sequence[Missing], *, vectors: Sequence[Sequence[float]]
    ) -> None:
        """Store the vectors of passages, except of those that were deleted meanwhile."""
        await self._conn.execute(
            f"INSERT INTO {_TABLE} (workspace_id, chunk_id, collection_id, model, vector)"
            " SELECT $1, chunk.id, given.collection_id, $2, given.vector::halfvec"
            " FROM unnest($3::text::uuid[], $4::text::uuid[], $5::text[]) AS given(id, collection_id, vector)"
            " JOIN chunk ON chunk.workspace_id = $1 AND chunk.id = given.id FOR KEY SHARE OF chunk"
            " ON CONFLICT (workspace_id, chunk_id) DO UPDATE SET model = excluded.model, vector = excluded.vector",
            self._conn.workspace, model, arrays.of_words(str(each.chunk_id) for each in passages),
            arrays.of_words(str(each.collection_id) for each in passages), [*map(written, vectors)],
        )  # fmt: skip

    async def drop(self, chunks: Sequence[ChunkId]) -> None:
        """Delete the vectors of passages that changed or may not be found, where there are vectors at all."""
        if await is_there(self._conn):
            await self._conn.execute(
                f"DELETE FROM {_TABLE} WHERE workspace_id = $1 AND chunk_id = ANY($2)",
                self._conn.workspace, chunks,
            )  # fmt: skip

    async def drop_of_trash(self, source_id: UUID) -> None:
        """Delete the vectors of a source in the trash and of its pages, where there are vectors at all."""
        if await is_there(self._conn):
            await self._conn.execute(
                f"DELETE FROM {_TABLE} AS made USING chunk, source WHERE made.workspace_id = $1"
                " AND chunk.workspace_id = $1 AND chunk.id = made.chunk_id AND source.workspace_id = $1"
                " AND source.id = chunk.source_id AND (source.id = $2 OR source.parent_id = $2)",
                self._conn.workspace, source_id,
            )  # fmt: skip

    async def drop_of_collection(self, collection_id: CollectionId) -> None:
        """Delete the vectors of a collection, where there are vectors at all."""
        if await is_there(self._conn):
            await self._conn.execute(
                f"DELETE FROM {_TABLE} WHERE workspace_id = $1 AND collection_id = $2",
                self._conn.workspace, collection_id,
            )  # fmt: skip

    async def clear(self) -> None:
        """Delete all vectors of the workspace."""
        await self._conn.execute(
            f"DELETE FROM {_TABLE} WHERE workspace_id = $1", self._conn.workspace
        )

    async def nearest_of_all(
        self, model: str, collections: Sequence[CollectionId], *, vector: Sequence[float], limit: int
    ) -> Nearness:  # fmt: skip
        """Compare a vector with every passage: exact, and for thousands of rows faster than any index."""
        rows = await self._conn.fetch(
            "WITH compared AS MATERIALIZED (SELECT chunk_id, (vector <=> $4::text::halfvec) + 0 AS distance"
            f"  FROM {_TABLE} WHERE workspace_id = $1 AND model = $2 AND collection_id = ANY($3)"
            "  AND vector_dims(vector) = $5)"
            " SELECT chunk_id, distance, avg(distance) OVER (), stddev_pop(distance) OVER (), count(*) OVER ()"
            " FROM compared ORDER BY distance, chunk_id LIMIT $6",
            self._conn.workspace, model, collections, written(vector), len(vector), limit,
        )  # fmt: skip
        if not rows:
            return Nearness({})
        return Nearness({ChunkId(row[0]): row[1] for row in rows}, *list(rows[0].values())[2:])

    async def nearest_by_index(
        self, model: str, collections: Sequence[CollectionId], *, vector: Sequence[float], limit: int
    ) -> Nearness:  # fmt: skip
        """Find the nearest passages by the index of vectors of that length. Call inside a transaction."""
        length = len(vector)
        await self._conn.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")
        await self._conn.execute("SET LOCAL hnsw.ef_search = 100")
        rows = await self._conn.fetch(
            f"SELECT chunk_id, vector::halfvec({length:d}) <=> $4::text::halfvec({length:d}) AS distance"
            f" FROM {_TABLE} WHERE workspace_id = $1 AND model = $2 AND collection_id = ANY($3)"
            f" AND vector_dims(vector) = {length:d} ORDER BY distance LIMIT $5",
            self._conn.workspace, model, collections, written(vector), limit,
        )  # fmt: skip
        distances = {ChunkId(row[0]): row[1] for row in sorted(rows, key=lambda row: row[1])}
        general = await self._conn.fetchrow(
            "SELECT avg(distance), coalesce(stddev_pop(distance), 0), count(*) FROM ("
            f" SELECT vector <=> $4::text::halfvec AS distance FROM {_TABLE} WHERE workspace_id = $1 AND model = $2"
            "  AND collection_id = ANY($3) AND vector_dims(vector) = $5 LIMIT $6) AS sampled",
            self._conn.workspace, model, collections, written(vector), length, _BACKGROUND,
        )  # fmt: skip
        assert general is not None
        return Nearness(distances, *general.values()) if distances else Nearness({})
