"""The table of audit events."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class AuditEvent(Tenant, Base):
    """A deed. No foreign keys: it outlives the actor and the target."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_target", "workspace_id", "target_id", "id"),)

    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    target_type: Mapped[str] = mapped_column(server_default="")
    target_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
