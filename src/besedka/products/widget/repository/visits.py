"""SQL of widgets and visitors."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.products.widget.types import Known, Place

_PLACE = "workspace_id, id, assistant_id, name, accent, allowed_origins, public_key"


class PublicWidgets:
    """Widgets by what strangers know of them."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self, public_key: str) -> Place | None:
        """Return the widget of a public key."""
        row = await self._conn.fetchrow(
            f"SELECT {_PLACE} FROM widget WHERE public_key = $1", public_key
        )
        return _place(row) if row else None

    async def oldest(self, name: str | None = None) -> Place | None:
        """Return the first widget that was made, of a workspace's slug or of all."""
        row = await self._conn.fetchrow(
            "SELECT w.workspace_id, w.id, w.assistant_id, w.name, w.accent, w.allowed_origins, w.public_key"
            " FROM widget w JOIN workspace s ON s.id = w.workspace_id"
            " WHERE $1::text IS NULL OR s.slug = $1 ORDER BY w.id LIMIT 1",
            name,
        )
        return _place(row) if row else None

    async def sweep_unused(self, *, hours: int) -> list[Row]:
        """Delete visitors who never wrote; returns their contacts."""
        return await self._conn.fetch(
            "DELETE FROM widget_visitor WHERE conversation_id IS NULL"
            " AND created_at < now() - make_interval(hours => $1) RETURNING workspace_id, contact_id",
            hours,
        )


class VisitorRepository:
    """Visitors of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, widget_id: UUID, token_hash: bytes) -> Known | None:
        """Return the visitor of a token."""
        row = await self._conn.fetchrow(
            "SELECT id, contact_id, conversation_id FROM widget_visitor"
            " WHERE workspace_id = $1 AND token_hash = $2 AND widget_id = $3",
            self._conn.workspace, token_hash, widget_id,
        )  # fmt: skip
        return Known(row["id"], ActorId(row["contact_id"]), row["conversation_id"]) if row else None

    async def insert(self, visitor: Known, *, widget_id: UUID, token_hash: bytes) -> None:
        """Store a new visitor."""
        await self._conn.execute(
            "INSERT INTO widget_visitor (workspace_id, id, widget_id, token_hash, contact_id)"
            " VALUES ($1, $2, $3, $4, $5)",
            self._conn.workspace, visitor.id, widget_id, token_hash, visitor.contact_id,
        )  # fmt: skip

    async def lock(self, visitor_id: UUID) -> UUID | None:
        """Lock a visitor and return the dialog it has by now."""
        found: UUID | None = await self._conn.fetchval(
            "SELECT conversation_id FROM widget_visitor WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
            self._conn.workspace, visitor_id,
        )  # fmt: skip
        return found

    async def set_dialog(self, visitor_id: UUID, conversation_id: UUID) -> None:
        """Remember the visitor's dialog."""
        await self._conn.execute(
            "UPDATE widget_visitor SET conversation_id = $3, last_seen_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, visitor_id, conversation_id,
        )  # fmt: skip

    async def show(self, contact: ActorId, conversation_id: UUID) -> None:
        """Let the visitors of a contact go on in a dialog, but for those whose own is unresolved."""
        await self._conn.execute(
            "UPDATE widget_visitor v SET conversation_id = $3 WHERE v.workspace_id = $1 AND v.contact_id = $2"
            " AND NOT EXISTS (SELECT FROM conversation c WHERE c.workspace_id = v.workspace_id"
            " AND c.id = v.conversation_id AND c.state <> 'resolved')",
            self._conn.workspace, contact, conversation_id,
        )  # fmt: skip

    async def repoint(self, survivor: ActorId, merged: ActorId) -> None:
        """Let the visitors of a contact be another one's."""
        await self._conn.execute(
            "UPDATE widget_visitor SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3",
            self._conn.workspace, survivor, merged,
        )  # fmt: skip

    async def forget(self, contacts: Sequence[ActorId]) -> None:
        """Forget the visitors of contacts: their browsers begin anew."""
        await self._conn.execute(
            "DELETE FROM widget_visitor WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[])",
            self._conn.workspace, list(contacts),
        )  # fmt: skip


def _place(row: Row) -> Place:
    return Place(
        workspace_id=WorkspaceId(row["workspace_id"]), id=row["id"], assistant_id=ActorId(row["assistant_id"]),
        name=row["name"], accent=row["accent"], allowed_origins=tuple(row["allowed_origins"]),
        public_key=row["public_key"],
    )  # fmt: skip
