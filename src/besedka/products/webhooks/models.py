"""Tables of webhooks and of what was sent to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class Webhook(Tenant, Base):
    """A subscription; its secrets are sealed. `failing_since` is when the first failure after the last success was."""

    __tablename__ = "webhook"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),)

    url: Mapped[str]
    kinds: Mapped[list[Any]]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    failing_since: Mapped[datetime | None]
    disabled_for: Mapped[str | None]


class WebhookDelivery(Tenant, Base):
    """An event on its way to a webhook, and how the last attempt went."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "webhook_id"],
            ["webhook.workspace_id", "webhook.id"],
            ondelete="CASCADE",
        ),
        Index("uq_webhook_delivery_event", "workspace_id", "webhook_id", "event_id", unique=True),
        Index("ix_webhook_delivery_age", "created_at"),
    )

    webhook_id: Mapped[UUID]
    event_id: Mapped[UUID]
    kind: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    attempted_at: Mapped[datetime | None]
    status: Mapped[int | None]
    response: Mapped[str] = mapped_column(server_default="")
    error: Mapped[str] = mapped_column(server_default="")
    duration_ms: Mapped[int | None]
