"""SQL of the room that files take."""

from besedka.core.db.connection import Row, TenantConn
from besedka.kernel.files.types import Space


class SpaceRepository:
    """The room that the files of one workspace take. Its row is locked before any blob's."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self) -> Space:
        """Return it as it is."""
        row = await self._conn.fetchrow(
            "SELECT used_bytes, quota_bytes, keep_days FROM file_space WHERE workspace_id = $1",
            self._conn.workspace,
        )
        return Space() if row is None else _space(row)

    async def lock(self) -> Space:
        """Return it, and let nobody else add or delete files until the transaction ends."""
        row = await self._conn.fetchrow(
            "INSERT INTO file_space (workspace_id) VALUES ($1) ON CONFLICT (workspace_id)"
            " DO UPDATE SET used_bytes = file_space.used_bytes"
            " RETURNING used_bytes, quota_bytes, keep_days",
            self._conn.workspace,
        )
        assert row is not None
        return _space(row)

    async def grow(self, size: int) -> None:
        """Count bytes that came, or went when there are fewer than none. A wrong count keeps nothing from going."""
        await self._conn.execute(
            "UPDATE file_space SET used_bytes = greatest(0, used_bytes + $2) WHERE workspace_id = $1",
            self._conn.workspace, size,
        )  # fmt: skip

    async def keep_for(self, days: int | None) -> None:
        """Say how long unused files are kept, None for ever."""
        await self._conn.execute(
            "INSERT INTO file_space (workspace_id, keep_days) VALUES ($1, $2)"
            " ON CONFLICT (workspace_id) DO UPDATE SET keep_days = excluded.keep_days",
            self._conn.workspace, days,
        )  # fmt: skip

    async def allow(self, quota: int | None) -> None:
        """Give the workspace a quota of its own, in bytes; None for the installation's."""
        await self._conn.execute(
            "INSERT INTO file_space (workspace_id, quota_bytes) VALUES ($1, $2)"
            " ON CONFLICT (workspace_id) DO UPDATE SET quota_bytes = excluded.quota_bytes",
            self._conn.workspace, quota,
        )  # fmt: skip


def _space(row: Row) -> Space:
    return Space(row["used_bytes"], row["quota_bytes"], row["keep_days"])
