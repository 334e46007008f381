"""Tables of the audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant

SEALED, UNSEALED = "place IS NOT NULL", "place IS NULL"


class AuditEvent(Tenant, Base):
    """A deed. No foreign keys: it outlives the actor and the target. Sealing fills `place` and `hash`, once."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_target", "workspace_id", "target_id", "id"),
        Index(
            "uq_audit_event_place",
            "workspace_id",
            "place",
            unique=True,
            postgresql_where=text(SEALED),
        ),
        Index(
            "ix_audit_event_unsealed",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text(UNSEALED),
        ),
    )

    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    target_type: Mapped[str] = mapped_column(server_default="")
    target_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    place: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditChain(Base):
    """The head of a workspace's chain; its row is the lock of sealing. No foreign key: it outlives the workspace."""

    __tablename__ = "audit_chain"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
