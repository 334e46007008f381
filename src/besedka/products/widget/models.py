"""Tables of widgets and their visitors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class Widget(Tenant, Base):
    """An assistant's place on websites."""

    __tablename__ = "widget"

    public_key: Mapped[str] = mapped_column(unique=True)
    assistant_id: Mapped[UUID]
    name: Mapped[str]
    accent: Mapped[str]
    allowed_origins: Mapped[list[Any]]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            ondelete="CASCADE",
        ),
    )


class Visitor(Tenant, Base):
    """A browser that opened the widget."""

    __tablename__ = "widget_visitor"

    widget_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    contact_id: Mapped[UUID]
    conversation_id: Mapped[UUID | None]
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("workspace_id", "token_hash"),
        Index("ix_widget_visitor_unused", "created_at", postgresql_where="conversation_id IS NULL"),
        ForeignKeyConstraint(
            ["workspace_id", "widget_id"], ["widget.workspace_id", "widget.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]
        ),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"]
        ),
    )
