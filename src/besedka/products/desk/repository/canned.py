"""SQL of ready replies."""

from uuid import UUID

import asyncpg

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.products.desk.errors import CannedTaken
from besedka.products.desk.types import Canned

_COLUMNS = "id, owner_id, name, body_ru, body_en"


class CannedRepository:
    """Ready replies of one workspace, as one person has them: the shared ones and their own."""

    def __init__(self, conn: TenantConn, owner: ActorId) -> None:
        self._conn, self._owner = conn, owner

    async def all(self) -> list[Canned]:
        """Return them by their names."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM canned_reply WHERE workspace_id = $1 AND (owner_id IS NULL OR owner_id = $2)"
            " ORDER BY lower(name), owner_id NULLS LAST",
            self._conn.workspace, self._owner,
        )  # fmt: skip
        return [_canned(row) for row in rows]

    async def find(self, canned: UUID) -> Canned | None:
        """Return one of them."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM canned_reply"
            " WHERE workspace_id = $1 AND id = $3 AND (owner_id IS NULL OR owner_id = $2)",
            self._conn.workspace, self._owner, canned,
        )  # fmt: skip
        return None if row is None else _canned(row)

    async def count(self, *, shared: bool) -> int:
        """Return how many are shared, or the person's own."""
        counted: int = await self._conn.fetchval(
            "SELECT count(*) FROM canned_reply WHERE workspace_id = $1 AND owner_id IS NOT DISTINCT FROM $2",
            self._conn.workspace, None if shared else self._owner,
        )  # fmt: skip
        return counted

    async def save(self, canned: Canned) -> None:
        """Store one, or what has changed of it. Raises CannedTaken."""
        try:
            await self._conn.execute(
                "INSERT INTO canned_reply (workspace_id, id, owner_id, name, body_ru, body_en)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, id) DO UPDATE SET"
                " owner_id = excluded.owner_id, name = excluded.name, body_ru = excluded.body_ru, body_en = excluded.body_en",
                self._conn.workspace, canned.id, canned.owner_id, canned.name, canned.body_ru, canned.body_en,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise CannedTaken from error

    async def delete(self, canned: UUID) -> None:
        """Delete one."""
        await self._conn.execute(
            "DELETE FROM canned_reply WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, canned,
        )  # fmt: skip


def _canned(row: Row) -> Canned:
    owner = row["owner_id"]
    return Canned(
        row["id"], None if owner is None else ActorId(owner), row["name"], row["body_ru"], row["body_en"]
    )  # fmt: skip
