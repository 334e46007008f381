"""SQL of indexing: a source's passages, their postings, the collection's vocabulary and sums.

Lock order: the source's row, then the collection's. Whoever changes what a collection holds has its row
locked until the commit, so sums are exact and no word is swept away while a passage with it arrives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.kernel.knowledge.chunker import Chunk
from besedka.kernel.knowledge.repository import arrays
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
            "WITH held AS MATERIALIZED (SELECT $9::text::bigint[] AS keys, $10::bytea AS counts),"
            " given AS MATERIALIZED (SELECT *, $11 + place AS ordinal,"
            "  (sum(size) OVER (ORDER BY place))::int AS last FROM unnest($3::text::uuid[], $4::text[], $5::text[],"
            "  $6::text::int[], $7::text::int[], $8::text::int[])"
            "  WITH ORDINALITY AS given(id, text, heading, page, size, length, place)),"
            " stored AS (INSERT INTO chunk (workspace_id, id, source_id, ordinal, text, heading, page)"
            "  SELECT $1, id, $2, ordinal, text, string_to_array(heading, $12), page FROM given)"
            " INSERT INTO posting (workspace_id, chunk_id, keys, counts, length)"
            " SELECT $1, id, keys[last - size + 1 : last], substring(counts FROM last - size + 1 FOR size), length"
            " FROM given, held",
            self._conn.workspace, indexed.source_id,
            arrays.of_words(str(new_id()) for _ in passages), [each.text for each in passages],
            [_BETWEEN.join(each.heading_path) for each in passages],
            arrays.of_numbers(each.page for each in passages),
            arrays.of_keys(len(posting.keys) for posting in postings),
            arrays.of_keys(posting.length for posting in postings),
            arrays.of_keys(chain.from_iterable(posting.keys for posting in postings)),
            b"".join(posting.counts for posting in postings), part.start - 1, _BETWEEN,
        )  # fmt: skip

    async def add_words(self, collection_id: CollectionId, spellings: Mapping[str, str]) -> None:
        """Add lexemes with a spelling of each to the vocabulary; those that are there already stay."""
        await self._conn.execute(
            "INSERT INTO word (workspace_id, collection_id, lexeme, spelling)"
            " SELECT $1, $2, lexeme, spelling"
            " FROM unnest($3::text::text[], $4::text::text[]) AS given(lexeme, spelling)"
            " ON CONFLICT DO NOTHING",
            self._conn.workspace, collection_id,
            arrays.of_words(spellings), arrays.of_words(spellings.values()),
        )  # fmt: skip

    async def delete(self, source_id: SourceId) -> Deleted | None:
        """Delete a source with its passages and postings, a site with its pages.

        A site's row is locked before those of its pages. Its own sums are those of its pages, counted with them.
        """
        row = await self._conn.fetchrow(
            "WITH top AS MATERIALIZED (SELECT id FROM source WHERE workspace_id = $1 AND id = $2 FOR UPDATE),"
            " address AS (DELETE FROM site_page WHERE workspace_id = $1 AND id = (SELECT id FROM top)),"
            " gone AS (DELETE FROM source WHERE workspace_id = $1"
            "  AND (id = (SELECT id FROM top) OR parent_id = (SELECT id FROM top))"
            "  RETURNING collection_id, file_id, kind, chunks, words),"
            " sums AS (SELECT collection_id, min(file_id::text)::uuid AS file_id,"
            "  coalesce(sum(chunks) FILTER (WHERE kind <> 'site'), 0)::int AS chunks,"
            "  coalesce(sum(words) FILTER (WHERE kind <> 'site'), 0)::bigint AS words FROM gone GROUP BY collection_id)"
            " UPDATE collection SET chunks = collection.chunks - sums.chunks,"
            " words = collection.words - sums.words FROM sums"
            " WHERE workspace_id = $1 AND id = sums.collection_id"
            " RETURNING sums.collection_id, sums.file_id, sums.chunks, vocabulary",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else Deleted(*row.values())


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

    async def lexemes_after(self, last: str, limit: int) -> list[str]:
        """Return the next lexemes of the vocabulary in order."""
        rows = await self._conn.fetch(
            "SELECT lexeme FROM word WHERE workspace_id = $1 AND collection_id = $2 AND lexeme > $3"
            " ORDER BY lexeme LIMIT $4",
            self._workspace, self._collection, last, limit,
        )  # fmt: skip
        return [row["lexeme"] for row in rows]

    async def unused(self, keys: Sequence[int]) -> set[int]:
        """Return those of the keys that no passage of the workspace has."""
        rows = await self._conn.fetch(
            "SELECT key FROM unnest($2::bigint[]) AS key WHERE NOT EXISTS (SELECT FROM posting"
            " WHERE keys @> ARRAY[key] AND workspace_id IS NOT DISTINCT FROM $1)",
            self._workspace, keys,
        )  # fmt: skip
        return {row["key"] for row in rows}

    async def delete(self, lexemes: Sequence[str]) -> None:
        """Delete lexemes."""
        await self._conn.execute(
            "DELETE FROM word WHERE workspace_id = $1 AND collection_id = $2 AND lexeme = ANY($3)",
            self._workspace, self._collection, lexemes,
        )  # fmt: skip
