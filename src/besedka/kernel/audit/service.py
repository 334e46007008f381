"""Use cases of the audit: record, read."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.audit.repository import AuditRepository
from besedka.kernel.audit.types import AuditEvent, Filter

EVERYTHING = Filter()


async def record(
    conn: TenantConn, *, actor_id: ActorId | None, action: str, target_type: str = "",
    target_id: UUID | None = None, detail: Mapping[str, JsonValue] | None = None,
) -> None:  # fmt: skip
    """Record a deed in the transaction that does it."""
    await AuditRepository(conn).insert(
        AuditEvent(
            id=new_id(), actor_id=actor_id, action=action, target_type=target_type,
            target_id=target_id, detail=detail or {}, created_at=now(),
        )
    )  # fmt: skip


async def list_events(
    conn: TenantConn, wanted: Filter = EVERYTHING, *, before: UUID | None = None, limit: int = 50
) -> list[AuditEvent]:
    """Return the workspace's events, newest first, those older than `before` when that is given."""
    return await AuditRepository(conn).page(wanted, before=before, limit=limit)
