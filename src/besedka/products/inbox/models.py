"""Tables of the inbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class OperatorRow(Base):
    """How a member answers visitors: when a tab of theirs was last open, and when they last got a dialog."""

    __tablename__ = "inbox_operator"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_away: Mapped[bool] = mapped_column(server_default=text("false"))
    capacity: Mapped[int] = mapped_column(server_default=text("10"))
    seen_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
    )


class ViewRow(Tenant, Base):
    """A saved view of the list; it goes with the person who made it."""

    __tablename__ = "inbox_view"

    owner_id: Mapped[UUID]
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str]
    query: Mapped[dict[str, Any]]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
        Index("ix_inbox_view_owner", "workspace_id", "owner_id"),
    )
