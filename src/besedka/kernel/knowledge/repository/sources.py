"""SQL of collections and sources."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.kernel.knowledge.types import (
    Collection,
    CollectionId,
    NewSource,
    Reason,
    Source,
    SourceFilter,
    SourceId,
    SourceKind,
    SourceLook,
    SourceState,
)

_COLLECTION = (
    "SELECT id, name, chunks, created_at, deleted_at FROM collection WHERE workspace_id = $1"
)
_THERE = _COLLECTION + " AND deleted_at IS NULL"
COLUMNS = (
    "id, collection_id, kind, title, state, progress, error, notices, chars, chunks, file_id, url, question,"
    " created_at, indexed_at, parent_id, done, total, refresh_hours, deleted_at, found, found_at"
)
_SOURCE = f"SELECT {COLUMNS} FROM source WHERE workspace_id = $1 AND deleted_at IS NULL"


_LOOKS = {
    SourceLook.ALL: "true",
    SourceLook.FAILED: "state = 'failed'",
    SourceLook.UNFINISHED: "state IN ('queued', 'working')",
    SourceLook.PARTIAL: "jsonb_array_length(notices) > 0",
    SourceLook.UNFOUND: "found = 0",
    SourceLook.SITES: "kind IN ('site', 'url')",
}


class CollectionRepository:
    """Collections of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, name: str, *, is_hidden: bool = False) -> CollectionId:
        """Add an empty collection; one that is hidden is listed nowhere."""
        made = CollectionId(new_id())
        await self._conn.execute(
            "INSERT INTO collection (workspace_id, id, name, deleted_at)"
            " VALUES ($1, $2, $3, CASE WHEN $4 THEN now() END)",
            self._conn.workspace, made, name, is_hidden,
        )  # fmt: skip
        return made

    async def find(self, collection_id: CollectionId) -> Collection | None:
        """Return a collection."""
        row = await self._conn.fetchrow(
            _THERE + " AND id = $2", self._conn.workspace, collection_id
        )
        return None if row is None else _collection(row)

    async def delete(self, collection_id: CollectionId, *, only_trash: bool = False) -> None:
        """Delete a collection with all that is in it; `only_trash` leaves one alone that is there."""
        await self._conn.execute(
            "DELETE FROM collection WHERE workspace_id = $1 AND id = $2"
            " AND (NOT $3 OR deleted_at IS NOT NULL)",
            self._conn.workspace, collection_id, only_trash,
        )  # fmt: skip

    async def list_all(self, *, limit: int) -> list[Collection]:
        """Return collections, oldest first."""
        rows = await self._conn.fetch(_THERE + " ORDER BY id LIMIT $2", self._conn.workspace, limit)
        return [_collection(row) for row in rows]

    async def list_deleted(self, *, limit: int) -> list[Collection]:
        """Return deleted collections that documents can be had back of, what was deleted last first."""
        rows = await self._conn.fetch(
            _COLLECTION + " AND deleted_at IS NOT NULL AND EXISTS (SELECT FROM source"
            "  WHERE source.workspace_id = $1 AND collection_id = collection.id"
            "  AND source.deleted_at = collection.deleted_at) ORDER BY deleted_at DESC, id LIMIT $2",
            self._conn.workspace, limit,
        )  # fmt: skip
        return [_collection(row) for row in rows]

    async def hold(self, collections: Sequence[UUID]) -> int:
        """Keep those of the collections that are there until the commit; returns how many there are."""
        rows = await self._conn.fetch(
            "SELECT id FROM collection WHERE workspace_id = $1 AND id = ANY($2) AND deleted_at IS NULL"
            " ORDER BY id FOR SHARE",
            self._conn.workspace, collections,
        )  # fmt: skip
        return len(rows)

    async def rename(self, collection_id: CollectionId, name: str) -> None:
        """Name a collection anew."""
        await self._conn.execute(
            "UPDATE collection SET name = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, collection_id, name,
        )  # fmt: skip

    async def throw(self, collection_id: CollectionId) -> None:
        """Record that a collection was deleted."""
        await self._conn.execute(
            "UPDATE collection SET deleted_at = now() WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, collection_id,
        )  # fmt: skip

    async def take_out(self, collection_id: UUID) -> datetime | None:
        """Record that a collection is there again; returns when it was deleted, None when it is not deleted."""
        row = await self._conn.fetchrow(
            "WITH before AS (SELECT id, deleted_at FROM collection WHERE workspace_id = $1 AND id = $2"
            "  AND deleted_at IS NOT NULL FOR UPDATE)"
            " UPDATE collection SET deleted_at = NULL FROM before"
            " WHERE workspace_id = $1 AND collection.id = before.id RETURNING before.deleted_at",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return None if row is None else row["deleted_at"]

    async def delete_hidden(self, name: str) -> None:
        """Delete the collections of a name that are listed nowhere."""
        await self._conn.execute(
            "DELETE FROM collection WHERE workspace_id = $1 AND name = $2 AND deleted_at IS NOT NULL",
            self._conn.workspace, name,
        )  # fmt: skip


class SourceRepository:
    """Sources of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, new: NewSource) -> Source | None:
        """Add a source that waits to be read, unless the workspace has no such collection."""
        row = await self._conn.fetchrow(
            "INSERT INTO source (workspace_id, id, collection_id, kind, title, body, question, url, file_id,"
            "  refresh_hours, refresh_at)"
            " SELECT workspace_id, $2, id, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(hours => $10)"
            " FROM collection"
            f" WHERE workspace_id = $1 AND id = $3 RETURNING {COLUMNS}",
            self._conn.workspace, new_id(), new.collection_id, new.kind, new.title, new.body, new.question,
            new.url, new.file_id, new.refresh_hours,
        )  # fmt: skip
        return None if row is None else source_of(row)

    async def find(self, source_id: SourceId) -> Source | None:
        """Return a source."""
        found = await self.by_id([source_id])
        return found[0] if found else None

    async def by_id(self, ids: Sequence[SourceId]) -> list[Source]:
        """Return those of the sources that are there."""
        rows = await self._conn.fetch(_SOURCE + " AND id = ANY($2)", self._conn.workspace, ids)
        return [source_of(row) for row in rows]

    async def page(self, wanted: SourceFilter) -> list[Source]:
        """Return sources, newest first; the pages of sites are left out."""
        rows = await self._conn.fetch(
            _SOURCE + " AND parent_id IS NULL AND ($2::uuid IS NULL OR collection_id = $2)"
            f" AND ($3::uuid IS NULL OR id < $3) AND {_LOOKS[wanted.look]}"
            " AND ($5 = '' OR strpos(lower(concat_ws(' ', title, url)), lower($5)) > 0)"
            " ORDER BY id DESC LIMIT $4",
            self._conn.workspace, wanted.collection_id, wanted.before, wanted.limit, wanted.words.strip(),
        )  # fmt: skip
        return [source_of(row) for row in rows]

    async def body_of(self, source_id: SourceId) -> str:
        """Return the text that was typed for a source."""
        body: str | None = await self._conn.fetchval(
            "SELECT body FROM source WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id,
        )  # fmt: skip
        return body or ""

    async def set_progress(self, source_id: SourceId, *, state: SourceState, percent: int) -> None:
        """Record how far a source is."""
        await self._conn.execute(
            "UPDATE source SET state = $3, progress = $4, error = NULL, updated_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id, state, percent,
        )  # fmt: skip

    async def set_refresh(self, source_id: SourceId, *, hours: int | None) -> None:
        """Set how often a source is read again; None for never."""
        await self._conn.execute(
            "UPDATE source SET refresh_hours = $3, refresh_at = now() + make_interval(hours => $3)"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id, hours,
        )  # fmt: skip

    async def note_read(self, source_id: SourceId, *, content: bytes) -> bool:
        """Record the hash of what was read of an address; False when it is what it was, and searchable already."""
        row = await self._conn.fetchrow(
            "WITH before AS (SELECT workspace_id, id, hash FROM source WHERE workspace_id = $1 AND id = $2 FOR UPDATE)"
            " UPDATE source SET hash = $3 FROM before"
            " WHERE source.workspace_id = before.workspace_id AND source.id = before.id"
            " RETURNING before.hash IS DISTINCT FROM $3 OR source.chunks = 0 AS changed",
            self._conn.workspace, source_id, content,
        )  # fmt: skip
        return row is None or bool(row["changed"])

    async def stay(self, source_id: SourceId) -> None:
        """Record that a source was read, and is as it was."""
        await self._conn.execute(
            "UPDATE source SET state = 'ready', progress = 100, error = NULL, updated_at = now(), indexed_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, source_id,
        )  # fmt: skip

    async def fail(self, source_id: SourceId, reason: Reason) -> Source | None:
        """Record why a source cannot be read; what was read of it earlier stays searchable."""
        row = await self._conn.fetchrow(
            "UPDATE source SET state = 'failed', error = $3, updated_at = now()"
            f" WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING {COLUMNS}",
            self._conn.workspace, source_id, {"code": reason.code, "params": dict(reason.params)},
        )  # fmt: skip
        return None if row is None else source_of(row)


async def abandoned(
    conn: SystemConn, *, since: datetime, limit: int
) -> list[tuple[WorkspaceId, SourceId]]:
    """Return sources of all workspaces that nothing happened to since a moment, and no job is to come for."""
    rows = await conn.fetch(
        "SELECT workspace_id, id FROM source WHERE state IN ('queued', 'working') AND updated_at < $1"
        " AND deleted_at IS NULL"
        " AND NOT EXISTS (SELECT FROM job WHERE job.workspace_id = source.workspace_id"
        "  AND job.args ->> 'source_id' = source.id::text AND job.state IN ('queued', 'running'))"
        " ORDER BY updated_at LIMIT $2",
        since, limit,
    )  # fmt: skip
    return [(WorkspaceId(row["workspace_id"]), SourceId(row["id"])) for row in rows]


async def due(conn: SystemConn, *, limit: int) -> list[tuple[WorkspaceId, SourceId]]:
    """Return sources of all workspaces that are to be read again now, and put off their next time."""
    rows = await conn.fetch(
        "UPDATE source SET refresh_at = now() + make_interval(hours => refresh_hours)"
        " WHERE (workspace_id, id) IN (SELECT workspace_id, id FROM source WHERE refresh_at <= now()"
        "  AND deleted_at IS NULL"
        "  ORDER BY refresh_at LIMIT $1 FOR UPDATE SKIP LOCKED)"
        " RETURNING workspace_id, id, state",
        limit,
    )  # fmt: skip
    idle = {"ready", "failed"}
    return [(WorkspaceId(r["workspace_id"]), SourceId(r["id"])) for r in rows if r["state"] in idle]


async def forget_collections(conn: SystemConn, *, before: datetime) -> None:
    """Delete for good the collections of all workspaces that were deleted before a moment and hold nothing any more.

    One whose assistant lies in the trash stays as long as that.
    """
    await conn.execute(
        "DELETE FROM collection WHERE deleted_at < $1 AND NOT EXISTS (SELECT FROM source"
        " WHERE source.workspace_id = collection.workspace_id AND collection_id = collection.id)"
        " AND NOT EXISTS (SELECT FROM assistant AS own WHERE own.workspace_id = collection.workspace_id"
        " AND own.collection_id = collection.id)",
        before,
    )  # fmt: skip


def _collection(row: Row) -> Collection:
    return Collection(row["id"], row["name"], row["chunks"], row["created_at"], row["deleted_at"])


def source_of(row: Row) -> Source:
    """Return a row of a source as what it is."""
    error = row["error"]
    return Source(
        id=SourceId(row["id"]), collection_id=CollectionId(row["collection_id"]),
        kind=SourceKind(row["kind"]), title=row["title"], state=SourceState(row["state"]),
        progress=row["progress"], error=None if error is None else Reason(**error),
        notices=tuple(Reason(**notice) for notice in row["notices"]), chars=row["chars"],
        chunks=row["chunks"], file_id=row["file_id"], url=row["url"], question=row["question"],
        created_at=row["created_at"], indexed_at=row["indexed_at"], parent_id=row["parent_id"],
        done=row["done"], total=row["total"], refresh_hours=row["refresh_hours"],
        deleted_at=row["deleted_at"], found=row["found"], found_at=row["found_at"],
    )  # fmt: skip
