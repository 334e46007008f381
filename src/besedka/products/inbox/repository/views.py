"""SQL of saved views."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId
from besedka.products.inbox.types import SavedView

_VIEW = "SELECT id, owner_id, is_shared, name, query FROM inbox_view WHERE workspace_id = $1 AND (owner_id = $2 OR is_shared)"


class ViewRepository:
    """The views that one person sees: their own, and shared ones."""

    def __init__(self, conn: TenantConn, actor: ActorId) -> None:
        self._conn, self._actor = conn, actor

    async def all(self) -> list[SavedView]:
        """Return them by name."""
        rows = await self._conn.fetch(
            f"{_VIEW} ORDER BY lower(name), id", self._conn.workspace, self._actor
        )
        return [_view(row) for row in rows]

    async def find(self, view: UUID) -> SavedView | None:
        """Return one."""
        row = await self._conn.fetchrow(
            f"{_VIEW} AND id = $3", self._conn.workspace, self._actor, view
        )
        return None if row is None else _view(row)

    async def save(self, view: SavedView) -> None:
        """Store a view, new or changed."""
        await self._conn.execute(
            "INSERT INTO inbox_view (workspace_id, id, owner_id, is_shared, name, query) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (workspace_id, id) DO UPDATE SET is_shared = excluded.is_shared, name = excluded.name,"
            " query = excluded.query",
            self._conn.workspace, view.id, view.owner_id, view.is_shared, view.name, dict(view.query),
        )  # fmt: skip

    async def delete(self, view: UUID) -> None:
        """Delete a view."""
        await self._conn.execute(
            "DELETE FROM inbox_view WHERE workspace_id = $1 AND id = $2", self._conn.workspace, view
        )


async def views_of_person(conn: SystemConn, actors: Sequence[ActorId]) -> list[Row]:
    """Return the views that somebody made, in all their workspaces."""
    return await conn.fetch(
        "SELECT workspace_id, name, is_shared, query FROM inbox_view WHERE owner_id = ANY($1::uuid[])"
        " ORDER BY workspace_id, lower(name), id",
        list(actors),
    )


def _view(row: Row) -> SavedView:
    return SavedView(
        id=row["id"], owner_id=ActorId(row["owner_id"]), is_shared=row["is_shared"], name=row["name"],
        query=row["query"],
    )  # fmt: skip
