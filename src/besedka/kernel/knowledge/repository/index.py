"""SQL of indexing: a source's passages, their postings, the collection's vocabulary and sums.

Lock order: the source's row, then the collection's. Whoever changes what a collection holds has its row
locked until the commit, so sums are exact and no word is swept away while a passage with it arrives.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.types import CollectionId, Reason, SourceId

BATCH = 500
_BETWEEN = "\x1f"  # between headings; never inside one


@dataclass(frozen=True, slots=True)
class Posting:
    """What the index holds of a passage: keys, how often each occurs, and its length in lexemes."""

    keys: Sequence[int]
    counts: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """The outcome of reading a source."""

    source_id: SourceId
    collection_id: CollectionId
    title: str
    chars: int
    passages: Sequence[Chunk]
    postings: Sequence[Posting]
    notices: Sequence[Reason] = ()

    @property
    def length(self) -> int:
        """The sum of the passages' lengths."""
        return sum(posting.length for posting in self.postings)


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many passages a source had before, and the version of its collection's vocabulary."""

    chunks: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deleted source leaves behind: its file, and words in its collection's vocabulary."""

    collection_id: CollectionId
    file_id: UUID | None
    chunks: int
    vocabulary: int


class IndexRepository:
    """The index of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def replace(self, indexed: Indexed) -> Replaced | None:
        """Put a source's passages in the place of its earlier ones; None when it was deleted meanwhile."""
        row = await self._conn.fetchrow(
            "WITH before AS (SELECT workspace_id, id, chunks, words FROM source"
            "  WHERE workspace_id = $1 AND id = $2 FOR UPDATE),"
            " after AS (UPDATE source SET state = 'ready', progress = 100, error = NULL, title = $4, notices = $5,"
            "  chars = $6, chunks = $7, words = $8, updated_at = now(), indexed_at = now() FROM before"
            "  WHERE source.workspace_id = before.workspace_id AND source.id = before.id"
            "  RETURNING before.chunks, before.words)"
            " UPDATE collection SET chunks = collection.chunks + $7 - after.chunks,"
            " words = collection.words + $8 - after.words FROM after"
            " WHERE workspace_id = $1 AND id = $3 RETURNING vocabulary, after.chunks",
            self._conn.workspace, indexed.source_id, indexed.collection_id, indexed.title,
            [{"code": n.code, "params": dict(n.params)} for n in indexed.notices], indexed.chars,
            len(indexed.passages), indexed.length,
        )  # fmt: skip
        if row is None:
            return None
        if row["chunks"]:
            await self._delete_chunks(indexed.source_id)
        for start in range(0, len(indexed.passages), BATCH):
            await self._insert(indexed, slice(start, start + BATCH))
        return Replaced(row["chunks"], row["vocabulary"])

    async def _delete_chunks(self, source_id: SourceId) -> None:
        await self._conn.execute(
            "DELETE FROM chunk WHERE workspace_id = $1 AND source_id = $2",
            self._conn.workspace, source_id,
        )  # fmt: skip

    async def _insert(self, indexed: Indexed, part: slice) -> None:
        """Insert passages and postings in one statement; the keys of all are one array that is cut by place."""
        passages, postings = indexed.passages[part], indexed.postings[part]
        await self._conn.execute(
            "WITH held AS MATERIALIZED (SELECT $12::text::bigint[] AS keys, $13::bytea AS counts),"
            " given AS MATERIALIZED (SELECT * FROM"
            "  unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[], $8::int[], $9::int[], $10::int[])"
            "  AS given(id, ordinal, text, heading, page, first, last, length)),"
            " stored AS (INSERT INTO chunk (workspace_id, id, source_id, ordinal, text, heading, page)"
            "  SELECT $1, id, $2, ordinal, text, string_to_array(heading, $11), page FROM given)"
            " INSERT INTO posting (workspace_id, chunk_id, keys, counts, length)"
            " SELECT $1, id, keys[first:last], substring(counts FROM first FOR last - first + 1), length"
            " FROM given, held",
            self._conn.workspace, indexed.source_id,
            [new_id() for _ in passages], [each.ordinal for each in passages],
            [each.text for each in passages],
            [_BETWEEN.join(each.heading_path) for each in passages],
            [each.page for each in passages], *_places([len(posting.keys) for posting in postings]),
            [posting.length for posting in postings], _BETWEEN,
            _array(chain.from_iterable(posting.keys for posting in postings)),
            b"".join(posting.counts for posting in postings),
        )  # fmt: skip

    async def add_words(
        self, collection_id: CollectionId, words: Mapping[str, Sequence[int]]
    ) -> None:
        """Add words with the keys of their grams to the vocabulary; those that are there already stay."""
        firsts, lasts = _places([len(keys) for keys in words.values()])
        await self._conn.execute(
            "WITH held AS MATERIALIZED (SELECT $6::text::bigint[] AS grams)"
            " INSERT INTO word (workspace_id, collection_id, text, grams)"
            " SELECT $1, $2, text, grams[first:last]"
            " FROM unnest($3::text[], $4::int[], $5::int[]) AS given(text, first, last), held ORDER BY text"
            " ON CONFLICT DO NOTHING",
            self._conn.workspace, collection_id, list(words), firsts, lasts,
            _array(chain.from_iterable(words.values())),
        )  # fmt: skip

    async def delete(self, source_id: SourceId) -> Deleted | None:
        """Delete a source with its passages and postings."""
        row = await self._conn.fetchrow(
            "WITH gone AS (DELETE FROM source WHERE workspace_id = $1 AND id = $2"
            "  RETURNING collection_id, file_id, chunks, words)"
            " UPDATE collection SET chunks = collection.chunks - gone.chunks,"
            " words = collection.words - gone.words FROM gone"
            " WHERE workspace_id = $1 AND id = gone.collection_id"
            " RETURNING gone.collection_id, gone.file_id, gone.chunks, vocabulary",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else Deleted(*row.values())


def _places(sizes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return where each part of a joined array begins and ends, counted from 1."""
    lasts = list(accumulate(sizes))
    return [last - size + 1 for last, size in zip(lasts, sizes, strict=True)], lasts


def _array(numbers: Iterable[int]) -> str:
    """Write numbers as PostgreSQL reads them: the driver takes five times as long over an array of them."""
    return f"{{{','.join(map(str, numbers))}}}"


class Sweep:
    """Removes words that no passage has any more. Works as the system: postings are looked up by key."""

    def __init__(self, conn: SystemConn, workspace: WorkspaceId, collection: CollectionId) -> None:
        self._conn, self._workspace, self._collection = conn, workspace, collection

    async def begin(self) -> None:
        """Keep what is indexed into the collection waiting until the commit.

        The new version makes every process forget what it remembers of the vocabulary, and lets deletions from
        now on ask for another sweep.
        """
        await self._conn.execute(
            "UPDATE collection SET vocabulary = vocabulary + 1 WHERE workspace_id = $1 AND id = $2",
            self._workspace, self._collection,
        )  # fmt: skip

    async def words_after(self, last: str, limit: int) -> list[str]:
        """Return the next words of the vocabulary in order."""
        rows = await self._conn.fetch(
            "SELECT text FROM word WHERE workspace_id = $1 AND collection_id = $2 AND text > $3"
            " ORDER BY text LIMIT $4",
            self._workspace, self._collection, last, limit,
        )  # fmt: skip
        return [row["text"] for row in rows]

    async def unused(self, keys: Sequence[int]) -> set[int]:
        """Return those of the keys that no passage of the workspace has."""
        rows = await self._conn.fetch(
            "SELECT key FROM unnest($2::bigint[]) AS key WHERE NOT EXISTS (SELECT FROM posting"
            " WHERE keys @> ARRAY[key] AND workspace_id IS NOT DISTINCT FROM $1)",
            self._workspace, keys,
        )  # fmt: skip
        return {row["key"] for row in rows}

    async def delete(self, words: Sequence[str]) -> None:
        """Delete words."""
        await self._conn.execute(
            "DELETE FROM word WHERE workspace_id = $1 AND collection_id = $2 AND text = ANY($3)",
            self._workspace, self._collection, words,
        )  # fmt: skip
