"""Tables of widgets and their visitors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, func, text
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
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    identity_secret: Mapped[bytes | None]
    seen_origin: Mapped[str | None]
    seen_at: Mapped[datetime | None]

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
    filled_at: Mapped[datetime | None]
    proved_until: Mapped[datetime | None]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    verified_until: Mapped[datetime | None]
    once_hash: Mapped[bytes | None]
    reply_to: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    resume_hash: Mapped[bytes | None]
    resume_until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "token_hash"),
        Index("ix_widget_visitor_unused", "created_at", postgresql_where="conversation_id IS NULL"),
        Index("ix_widget_visitor_promised", "promised_at", postgresql_where="promised_at IS NOT NULL"),
        Index("ix_widget_visitor_contact", "workspace_id", "contact_id"),
        Index(
            "ix_widget_visitor_resume", "workspace_id", "resume_hash",
            postgresql_where="resume_hash IS NOT NULL",
        ),
        Index(
            "uq_widget_visitor_once", "workspace_id", "widget_id", "once_hash", unique=True,
            postgresql_where="once_hash IS NOT NULL",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "widget_id"], ["widget.workspace_id", "widget.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]
        ),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"]
        ),
    )  # fmt: skip
