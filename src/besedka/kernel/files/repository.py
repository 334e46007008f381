"""SQL of files. Locks: a blob's row first, then the file's."""

from collections.abc import Sequence

import asyncpg

from besedka.core.content.kinds import Kind
from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.files.errors import FileInUse
from besedka.kernel.files.types import FileId, Kept, StoredFile


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


def _file(row: Row) -> StoredFile:
    uploader = row["uploader_id"]
    return StoredFile(
        id=FileId(row["id"]), name=row["name"], kind=Kind(row["kind"]),
        media_type=row["media_type"], size=row["size"], sha256=row["sha256"],
        uploader_id=None if uploader is None else ActorId(uploader),
        created_at=row["created_at"], key=row["key"],
    )  # fmt: skip
