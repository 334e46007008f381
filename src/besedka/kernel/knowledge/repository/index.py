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
from besedka.kernel.knowledge.repository.passages import PassageRepository
from besedka.kernel.knowledge.repository.versions import VersionRepository
from besedka.kernel.knowledge.types import ChunkId, CollectionId, Kept, Reason, SourceId

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
    kept: Sequence[Kept | None] = ()
    """By passage, what stays of an earlier reading that had it too."""
    archives: bool = False
    """Whether what the source said until now differs, and is kept as a version."""

    @property
    def searched(self) -> Sequence[Posting]:
        """The postings of the passages that are not switched off."""
        if not self.kept:
            return self.postings
        pairs = zip(self.postings, self.kept, strict=True)
        return [posting for posting, kept in pairs if kept is None or not kept.is_off]

    @property
    def length(self) -> int:
        """The sum of the searched passages' lengths."""
        return sum(posting.length for posting in self.searched)

    def ids(self, part: slice) -> Sequence[UUID]:
        """Return the ids of some passages: those that they had, or new ones."""
        kept = self.kept[part] or [None] * len(self.passages[part])
        return [new_id() if each is None else each.id for each in kept]


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
            "WITH before AS (SELECT workspace_id, id, chunks, words, indexed_at IS NOT NULL AS had FROM source"
            "  WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE),"
            " after AS (UPDATE source SET state = 'ready', progress = 100, error = NULL, title = $4, notices = $5,"
            "  chars = $6, chunks = $7, words = $8, updated_at = now(), indexed_at = now() FROM before"
            "  WHERE source.workspace_id = before.workspace_id AND source.id = before.id"
            "  RETURNING before.chunks, before.words, before.had)"
            " UPDATE collection SET chunks = collection.chunks + $7 - after.chunks,"
            " words = collection.words + $8 - after.words FROM after"
            " WHERE workspace_id = $1 AND id = $3 RETURNING vocabulary, after.chunks, after.had",
            self._conn.workspace, indexed.source_id, indexed.collection_id, indexed.title,
            [{"code": n.code, "params": dict(n.params)} for n in indexed.notices], indexed.chars,
            len(indexed.searched), indexed.length,
        )  # fmt: skip
        if row is None:
            return None
        passages = PassageRepository(self._conn)
        if indexed.archives:
            await VersionRepository(self._conn).archive(indexed.source_id)
        marked = [each for each in indexed.kept if each is not None and each.is_marked]
        if row["had"]:
            await passages.clear(indexed.source_id, besides=len([m for m in marked if m.is_own]))
        for start in range(0, len(indexed.passages), BATCH):
            await self._insert(indexed, slice(start, start + BATCH))
        if marked:
            await passages.mark(marked)
        return Replaced(row["chunks"], row["vocabulary"])

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
            arrays.of_words(map(str, indexed.ids(part))), [each.text for each in passages],
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
        """Delete a source with its passages and postings, a site with its pages; one in the trash too.

        A site's row is locked before those of its pages. Its own sums are those of its pages, counted with them.
        """
        row = await self._conn.fetchrow(
            "WITH top AS MATERIALIZED (SELECT id FROM source WHERE workspace_id = $1 AND id = $2 FOR UPDATE),"
            " address AS (DELETE FROM site_page WHERE workspace_id = $1 AND id = (SELECT id FROM top)),"
            " gone AS (DELETE FROM source WHERE workspace_id = $1"
            "  AND (id = (SELECT id FROM top) OR parent_id = (SELECT id FROM top))"
            "  RETURNING collection_id, file_id, kind, chunks, words, deleted_at),"
            " sums AS (SELECT collection_id, min(file_id::text)::uuid AS file_id,"
            "  coalesce(sum(chunks) FILTER (WHERE kind <> 'site' AND deleted_at IS NULL), 0)::int AS chunks,"
            "  coalesce(sum(words) FILTER (WHERE kind <> 'site' AND deleted_at IS NULL), 0)::bigint AS words"
            "  FROM gone GROUP BY collection_id)"
            " UPDATE collection SET chunks = collection.chunks - sums.chunks,"
            " words = collection.words - sums.words FROM sums"
            " WHERE workspace_id = $1 AND id = sums.collection_id"
            " RETURNING sums.collection_id, sums.file_id, sums.chunks, vocabulary",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return None if row is None else Deleted(*row.values())

    async def repost(
        self, source_id: SourceId, *, ids: Sequence[ChunkId], postings: Sequence[Posting]
    ) -> None:
        """Make some stored passages of a source searchable, as they are by now."""
        await self._conn.execute(
            "WITH held AS MATERIALIZED (SELECT $5::text::bigint[] AS keys, $6::bytea AS counts),"
            " given AS MATERIALIZED (SELECT *, (sum(size) OVER (ORDER BY place))::int AS last"
            "  FROM unnest($2::text::uuid[], $3::text::int[], $4::text::int[])"
            "  WITH ORDINALITY AS given(id, size, length, place))"
            " INSERT INTO posting (workspace_id, chunk_id, keys, counts, length)"
            " SELECT $1, chunk.id, keys[last - size + 1 : last], substring(counts FROM last - size + 1 FOR size), length"
            " FROM held, given JOIN chunk ON chunk.workspace_id = $1 AND chunk.id = given.id"
            "  AND chunk.source_id = $7 AND NOT is_off"
            " ON CONFLICT (workspace_id, chunk_id) DO UPDATE SET keys = excluded.keys, counts = excluded.counts,"
            "  length = excluded.length",
            self._conn.workspace, arrays.of_words(map(str, ids)),
            arrays.of_keys(len(posting.keys) for posting in postings),
            arrays.of_keys(posting.length for posting in postings),
            arrays.of_keys(chain.from_iterable(posting.keys for posting in postings)),
            b"".join(posting.counts for posting in postings), source_id,
        )  # fmt: skip

    async def recount(self, source_id: SourceId) -> int:
        """Bring the sums of a source, its site and its collection to what can be found; returns the vocabulary's version.

        Call with the source locked.
        """
        version = await self._conn.fetchval(
            "WITH held AS MATERIALIZED (SELECT count(posting.chunk_id)::int AS chunks,"
            "  coalesce(sum(posting.length), 0)::int AS words FROM chunk JOIN posting"
            "  ON posting.workspace_id = chunk.workspace_id AND posting.chunk_id = chunk.id"
            "  WHERE chunk.workspace_id = $1 AND source_id = $2),"
            " before AS MATERIALIZED (SELECT chunks, words, collection_id, parent_id FROM source"
            "  WHERE workspace_id = $1 AND id = $2),"
            " site AS (UPDATE source SET chunks = source.chunks + held.chunks - before.chunks FROM held, before"
            "  WHERE source.workspace_id = $1 AND source.id = before.parent_id),"
            " after AS (UPDATE source SET chunks = held.chunks, words = held.words, updated_at = now() FROM held"
            "  WHERE workspace_id = $1 AND id = $2)"
            " UPDATE collection SET chunks = collection.chunks + held.chunks - before.chunks,"
            " words = collection.words + held.words - before.words FROM held, before"
            " WHERE collection.workspace_id = $1 AND collection.id = before.collection_id RETURNING vocabulary",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return int(version)


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
