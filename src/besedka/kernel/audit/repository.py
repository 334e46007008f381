"""SQL of audit events: they are added and read, nothing else."""

from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.audit.types import AuditEvent, Filter


class AuditRepository:
    """Audit events of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, event: AuditEvent) -> None:
        """Add an event."""
        await self._conn.execute(
            "INSERT INTO audit_event (workspace_id, id, actor_id, action, target_type, target_id, detail,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self._conn.workspace, event.id, event.actor_id, event.action, event.target_type,
            event.target_id, dict(event.detail), event.created_at,
        )  # fmt: skip

    async def page(self, wanted: Filter, *, before: UUID | None, limit: int) -> list[AuditEvent]:
        """Return events, newest first."""
        rows = await self._conn.fetch(
            "SELECT id, actor_id, action, target_type, target_id, detail, created_at FROM audit_event"
            " WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2)"
            " AND ($3::uuid IS NULL OR actor_id = $3) AND ($4::text IS NULL OR action = $4)"
            " AND ($5::uuid IS NULL OR target_id = $5) ORDER BY id DESC LIMIT $6",
            self._conn.workspace, before, wanted.actor_id, wanted.action, wanted.target_id, limit,
        )  # fmt: skip
        return [
            AuditEvent(
                id=row["id"],
                actor_id=None if row["actor_id"] is None else ActorId(row["actor_id"]),
                action=row["action"], target_type=row["target_type"], target_id=row["target_id"],
                detail=row["detail"], created_at=row["created_at"],
            )
            for row in rows
        ]  # fmt: skip
