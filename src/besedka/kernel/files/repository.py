"""SQL of files. Locks: a blob's row first, then the file's."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from besedka.core.content.kinds import Kind
from besedka.core.db.connection import Conn, Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.kernel.files.errors import FileInUse
from besedka.kernel.files.types import FileId, Kept, StoredFile, UnusedFile


class FileRepository:
    """Files of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, file_id: FileId) -> StoredFile | None:
        """Return a file."""
        row = await self._conn.fetchrow(
            "SELECT file.id, name, kind, media_type, size, sha256, uploader_id, file.created_at, key"
            " FROM file JOIN file_blob AS blob"
            " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
            " WHERE file.workspace_id = $1 AND file.id = $2",
            self._conn.workspace, file_id,
        )  # fmt: skip
        return None if row is None else _file(row)

    async def insert(self, kept: Kept, uploader: ActorId | None) -> StoredFile:
        """Add a file; when the workspace has the content already, its own bytes stay without a row."""
        row = await self._conn.fetchrow(
            "WITH blob AS (INSERT INTO file_blob (workspace_id, id, sha256, size, key, refs)"
            " VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (workspace_id, sha256)"
            " DO UPDATE SET refs = file_blob.refs + 1 RETURNING id, size, sha256, key),"
            " made AS (INSERT INTO file (workspace_id, id, blob_id, name, kind, media_type, uploader_id)"
            " SELECT $1, $6, blob.id, $7, $8, $9, $10 FROM blob"
            " RETURNING id, name, kind, media_type, uploader_id, created_at)"
            " SELECT made.id, name, kind, media_type, size, sha256, uploader_id, created_at, key"
            " FROM made, blob",
            self._conn.workspace, new_id(), kept.sha256, kept.size, kept.key, new_id(), kept.name,
            kept.kind, kept.media_type, uploader,
        )  # fmt: skip
        assert row is not None
        return _file(row)

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

    async def delete(self, file_id: FileId) -> tuple[bool, str | None]:
        """Remove a file; returns whether it was there, and the key of bytes that nobody needs any more.

        Raises FileInUse.
        """
        blob = await self._conn.fetchval(
            "SELECT blob.id FROM file JOIN file_blob AS blob"
            " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
            " WHERE file.workspace_id = $1 AND file.id = $2 FOR UPDATE OF blob",
            self._conn.workspace, file_id,
        )  # fmt: skip
        if blob is None or not await self._delete_row(file_id):
            return False, None
        key = await self._conn.fetchval(
            "DELETE FROM file_blob WHERE workspace_id = $1 AND id = $2 AND refs = 1 RETURNING key",
            self._conn.workspace, blob,
        )  # fmt: skip
        if key is None:
            await self._conn.execute(
                "UPDATE file_blob SET refs = refs - 1 WHERE workspace_id = $1 AND id = $2",
                self._conn.workspace, blob,
            )  # fmt: skip
        return True, key

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
    """Return the keys of all blobs."""
    rows = await conn.fetch("SELECT key FROM file_blob ORDER BY key")
    return [row["key"] for row in rows]


async def unknown_keys(conn: SystemConn, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that no blob of any workspace has."""
    rows = await conn.fetch(
        "SELECT key FROM unnest($1::text[]) AS given(key)"
        " WHERE NOT EXISTS (SELECT 1 FROM file_blob WHERE file_blob.key = given.key)",
        list(keys),
    )
    return [row["key"] for row in rows]


async def unused_files(conn: SystemConn, before: datetime) -> list[UnusedFile]:
    """Return files of all workspaces that came before a moment and that no row refers to."""
    rows = await conn.fetch(
        "SELECT file.workspace_id, file.id, name, size FROM file JOIN file_blob AS blob"
        " ON blob.workspace_id = file.workspace_id AND blob.id = file.blob_id"
        f" WHERE file.created_at < $1 AND {await _unreferenced(conn)}"
        " ORDER BY file.workspace_id, file.id",
        before,
    )
    return [
        UnusedFile(WorkspaceId(row["workspace_id"]), FileId(row["id"]), row["name"], row["size"])
        for row in rows
    ]


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


def _file(row: Row) -> StoredFile:
    uploader = row["uploader_id"]
    return StoredFile(
        id=FileId(row["id"]), name=row["name"], kind=Kind(row["kind"]),
        media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
        uploader_id=None if uploader is None else ActorId(uploader),
        created_at=row["created_at"], key=row["key"],
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
