"""SQL of files and of their content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from besedka.core.content.kinds import Kind
from besedka.core.db.connection import Conn, Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.kernel.files.errors import FileInUse
from besedka.kernel.files.types import (
    FileId,
    Kept,
    Look,
    Scan,
    StoredFile,
    UnusedFile,
    Variant,
    VariantName,
)

_FILE = (
    "file.id, name, kind, media_type, size, sha256, uploader_id, file.created_at, key,"
    " width, height, placeholder, duration_ms, scan, blob.id AS blob_id"
)
_OF_FILE = (
    " FROM file JOIN file_blob AS blob"
    " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
    " WHERE file.workspace_id = $1 AND file.id = $2"
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went with a file: the keys of bytes that nobody needs any more, and how many bytes they are."""

    keys: tuple[str, ...] = ()
    size: int = 0


class FileRepository:
    """Files of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, file_id: FileId) -> StoredFile | None:
        """Return a file."""
        row = await self._conn.fetchrow(f"SELECT {_FILE}{_OF_FILE}", self._conn.workspace, file_id)
        return None if row is None else _file(row, await self._variants(row))

    async def find_all(self, ids: Sequence[UUID]) -> list[StoredFile]:
        """Return those of some files that are there, in no order."""
        condition = _OF_FILE.replace("file.id = $2", "file.id = ANY($2::uuid[])")
        rows = await self._conn.fetch(f"SELECT {_FILE}{condition}", self._conn.workspace, list(ids))
        return [_file(row, await self._variants(row)) for row in rows]

    async def uploaded_by(self, actors: Sequence[ActorId]) -> list[FileId]:
        """Return the files that some actors uploaded."""
        rows = await self._conn.fetch(
            "SELECT id FROM file WHERE workspace_id = $1 AND uploader_id = ANY($2::uuid[])",
            self._conn.workspace, list(actors),
        )  # fmt: skip
        return [FileId(row["id"]) for row in rows]

    async def _variants(self, file: Row) -> tuple[Variant, ...]:
        """Return the smaller copies of a file's content; none but pictures have any."""
        if file["width"] is None:
            return ()
        rows = await self._conn.fetch(
            "SELECT name, media_type, width, height, size, key FROM file_variant"
            " WHERE workspace_id = $1 AND blob_id = $2 ORDER BY size",
            self._conn.workspace, file["blob_id"],
        )  # fmt: skip
        return tuple(
            Variant(
                VariantName(row["name"]), row["media_type"], row["width"], row["height"],
                row["size"], row["key"],
            )
            for row in rows
        )  # fmt: skip

    async def insert(self, kept: Kept, uploader: ActorId | None) -> StoredFile:
        """Add a file; when the workspace has the content already, its own bytes stay without a row."""
        blob, look = new_id(), kept.look
        row = await self._conn.fetchrow(
            "WITH blob AS (INSERT INTO file_blob"
            " (workspace_id, id, sha256, size, key, refs, width, height, placeholder, duration_ms, scan)"
            " VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10) ON CONFLICT (workspace_id, sha256)"
            " DO UPDATE SET refs = file_blob.refs + 1,"
            " scan = CASE WHEN excluded.scan = 'clean' THEN excluded.scan ELSE file_blob.scan END"
            " RETURNING id, size, sha256, key, width, height, placeholder, duration_ms, scan),"
            " made AS (INSERT INTO file (workspace_id, id, blob_id, name, kind, media_type, uploader_id)"
            " SELECT $1, $11, blob.id, $12, $13, $14, $15 FROM blob"
            " RETURNING id, name, kind, media_type, uploader_id, created_at)"
            f" SELECT {_FILE.replace('file.', 'made.')} FROM made, blob",
            self._conn.workspace, blob, kept.sha256, kept.size, kept.key, look.width, look.height,
            look.placeholder, look.duration_ms, look.scan, new_id(), kept.name, kept.kind,
            kept.media_type, uploader,
        )  # fmt: skip
        assert row is not None
        if row["key"] == kept.key and kept.variants:
            await self._insert_variants(blob, kept.variants)
        return _file(row, await self._variants(row))

    async def _insert_variants(self, blob: UUID, variants: Sequence[Variant]) -> None:
        columns = [
            (new_id(), each.name, each.media_type, each.width, each.height, each.size, each.key)
            for each in variants
        ]
        await self._conn.execute(
            "INSERT INTO file_variant (workspace_id, blob_id, id, name, media_type, width, height, size, key)"
            " SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bigint[],"
            " $9::text[])",
            self._conn.workspace, blob, *map(list, zip(*columns, strict=True)),
        )  # fmt: skip

    async def lock(self, file_id: FileId) -> None:
        """Keep everybody else from referring to a file, or deleting it, until the transaction ends."""
        await self._conn.execute(
            "SELECT FROM file JOIN file_blob AS blob"
            " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
            " WHERE file.workspace_id = $1 AND file.id = $2 FOR UPDATE OF blob",
            self._conn.workspace, file_id,
        )  # fmt: skip
        await self._conn.execute(
            "SELECT FROM file WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            self._conn.workspace, file_id,
        )  # fmt: skip

    async def is_unused(self, file_id: FileId) -> bool:
        """Whether a file is there and no row of any table refers to it."""
        condition = await _unreferenced(self._conn)
        return bool(
            await self._conn.fetchval(
                f"SELECT true FROM file WHERE workspace_id = $1 AND id = $2 AND {condition}",
                self._conn.workspace,
                file_id,
            )
        )

    async def delete(self, file_id: FileId) -> Deleted | None:
        """Remove a file; returns what went with it, None when it was not there. Raises FileInUse."""
        blob = await self._conn.fetchval(
            f"SELECT blob.id{_OF_FILE} FOR UPDATE OF blob", self._conn.workspace, file_id
        )
        if blob is None or not await self._delete_row(file_id):
            return None
        gone = await self._conn.fetch(
            "WITH blob AS (DELETE FROM file_blob WHERE workspace_id = $1 AND id = $2 AND refs = 1"
            " RETURNING id, key, size)"
            " SELECT key, size FROM blob UNION ALL SELECT variant.key, variant.size FROM blob"
            " JOIN file_variant AS variant ON variant.workspace_id = $1 AND variant.blob_id = blob.id",
            self._conn.workspace, blob,
        )  # fmt: skip
        if not gone:
            await self._conn.execute(
                "UPDATE file_blob SET refs = refs - 1 WHERE workspace_id = $1 AND id = $2",
                self._conn.workspace, blob,
            )  # fmt: skip
        return Deleted(tuple(row["key"] for row in gone), sum(row["size"] for row in gone))

    async def _delete_row(self, file_id: FileId) -> bool:
        try:
            return bool(
                await self._conn.fetchval(
                    "DELETE FROM file WHERE workspace_id = $1 AND id = $2 RETURNING true",
                    self._conn.workspace,
                    file_id,
                )
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise FileInUse from error


async def all_keys(conn: SystemConn) -> list[str]:
    """Return the keys of all bytes."""
    rows = await conn.fetch(
        "SELECT key FROM file_blob UNION ALL SELECT key FROM file_variant ORDER BY key"
    )
    return [row["key"] for row in rows]


async def unknown_keys(conn: SystemConn, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that nothing in any workspace has."""
    rows = await conn.fetch(
        "SELECT key FROM unnest($1::text[]) AS given(key)"
        " WHERE NOT EXISTS (SELECT 1 FROM file_blob WHERE file_blob.key = given.key)"
        " AND NOT EXISTS (SELECT 1 FROM file_variant WHERE file_variant.key = given.key)",
        list(keys),
    )
    return [row["key"] for row in rows]


async def expired_files(conn: SystemConn, *, limit: int) -> list[UnusedFile]:
    """Return files that no row refers to and that are older than their workspace keeps such.

    What contacts have uploaded and not sent is kept for a day.
    """
    rows = await conn.fetch(
        "SELECT file.workspace_id, file.id, name, size FROM file JOIN file_blob AS blob"
        " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
        " JOIN file_space AS space ON space.workspace_id = file.workspace_id"
        " WHERE (file.created_at < now() - make_interval(days => space.keep_days)"
        " OR file.created_at < now() - interval '1 day' AND EXISTS (SELECT FROM actor WHERE actor.workspace_id ="
        " file.workspace_id AND actor.id = file.uploader_id AND actor.kind = 'contact'))"
        f" AND {await _unreferenced(conn)} ORDER BY file.created_at LIMIT $1",
        limit,
    )
    return [_unused(row) for row in rows]


async def unused_files(conn: SystemConn, before: datetime) -> list[UnusedFile]:
    """Return files of all workspaces that came before a moment and that no row refers to."""
    rows = await conn.fetch(
        "SELECT file.workspace_id, file.id, name, size FROM file JOIN file_blob AS blob"
        " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
        f" WHERE file.created_at < $1 AND {await _unreferenced(conn)}"
        " ORDER BY file.workspace_id, file.id",
        before,
    )
    return [_unused(row) for row in rows]


def _unused(row: Row) -> UnusedFile:
    return UnusedFile(WorkspaceId(row["workspace_id"]), FileId(row["id"]), row["name"], row["size"])


async def _unreferenced(conn: Conn) -> str:
    """Return the condition that no foreign key of the schema leads to a row of `file`."""
    keys = await conn.fetch(
        "SELECT conrelid::regclass::text AS home, (SELECT string_agg("
        " format('other.%I = file.%I', here.attname, there.attname), ' AND ' ORDER BY n)"
        " FROM generate_subscripts(conkey, 1) AS n"
        " JOIN pg_attribute here ON here.attrelid = conrelid AND here.attnum = conkey[n]"
        " JOIN pg_attribute there ON there.attrelid = confrelid AND there.attnum = confkey[n]) AS joined"
        " FROM pg_constraint WHERE contype = 'f' AND confrelid = 'file'::regclass"
    )
    found = [
        f"NOT EXISTS (SELECT FROM {key['home']} AS other WHERE {key['joined']})" for key in keys
    ]
    return " AND ".join(found) or "true"


def _file(row: Row, variants: tuple[Variant, ...]) -> StoredFile:
    uploader = row["uploader_id"]
    return StoredFile(
        id=FileId(row["id"]), name=row["name"], kind=Kind(row["kind"]),
        media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
        uploader_id=None if uploader is None else ActorId(uploader),
        created_at=row["created_at"], key=row["key"], variants=variants,
        look=Look(
            row["width"], row["height"], row["placeholder"], row["duration_ms"], Scan(row["scan"])
        ),
    )  # fmt: skip


async def list_of(
    conn: SystemConn, workspaces: Sequence[WorkspaceId], actors: Sequence[ActorId]
) -> list[Row]:
    """Return the files that some actors uploaded, each in its workspace."""
    return await conn.fetch(
        "SELECT f.name, f.media_type, b.size, f.created_at FROM unnest($1::uuid[], $2::uuid[]) AS p(workspace, actor)"
        " JOIN file f ON f.workspace_id = p.workspace AND f.uploader_id = p.actor"
        " JOIN file_blob b ON b.workspace_id = f.workspace_id AND b.id = f.blob_id ORDER BY f.id",
        list(workspaces), list(actors),
    )  # fmt: skip


async def forget_uploader(
    conn: SystemConn, workspaces: Sequence[WorkspaceId], actors: Sequence[ActorId]
) -> None:
    """Let the files of some actors be nobody's."""
    await conn.execute(
        "UPDATE file f SET uploader_id = NULL FROM unnest($1::uuid[], $2::uuid[]) AS p(workspace, actor)"
        " WHERE f.workspace_id = p.workspace AND f.uploader_id = p.actor",
        list(workspaces), list(actors),
    )  # fmt: skip
