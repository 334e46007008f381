"""Tables of promises: policies, the rounds of dialogs, their clocks, breaches and ratings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


def _of_dialog() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "conversation_id"],
        ["conversation.workspace_id", "conversation.id"],
        ondelete="CASCADE",
    )


class PolicyRow(Tenant, Base):
    """What is promised, in minutes. The oldest that fits a dialog holds, and the default for those that none fits."""

    __tablename__ = "sla_policy"

    name: Mapped[str]
    enabled: Mapped[bool]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    label_id: Mapped[UUID | None]
    priority: Mapped[int | None] = mapped_column(SmallInteger)
    """The place in `types.PRIORITIES` of conversations."""
    first: Mapped[int | None]
    reply: Mapped[int | None]
    resolution: Mapped[int | None]
    warning: Mapped[int]
    by_hours: Mapped[bool]
    schedule_id: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["workspace_id", "label_id"], ["label.workspace_id", "label.id"], ondelete="CASCADE"
        ),
        Index(
            "uq_sla_policy_default", "workspace_id", unique=True, postgresql_where=text("is_default")
        ),
    )  # fmt: skip


class RoundRow(Base):
    """A round of a dialog: what the figures are counted from."""

    __tablename__ = "dialog_round"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    started_at: Mapped[datetime]
    assistant_id: Mapped[UUID | None]
    handed_at: Mapped[datetime | None]
    people_since: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    handler_id: Mapped[UUID | None]

    __table_args__ = (
        _of_dialog(),
        Index("ix_dialog_round_started", "workspace_id", "started_at"),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class ReplyRow(Base):
    """A person's public reply in a dialog: who, when, and how long the visitor had waited."""

    __tablename__ = "dialog_reply"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]
    actor_id: Mapped[UUID]
    replied_at: Mapped[datetime]
    waited_s: Mapped[int | None]
    is_first: Mapped[bool]

    __table_args__ = (_of_dialog(), Index("ix_dialog_reply_time", "workspace_id", "replied_at"))


class ClockRow(Base):
    """The running and paused clocks of a dialog. `alert_at` is when the round of the clocks looks at it next."""

    __tablename__ = "dialog_clock"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    policy_id: Mapped[UUID | None]
    clocks: Mapped[dict[str, Any]]
    next_due: Mapped[datetime | None]
    next_promise: Mapped[str | None]
    warn_at: Mapped[datetime | None]
    alert_at: Mapped[datetime | None]

    __table_args__ = (
        _of_dialog(),
        Index(
            "ix_dialog_clock_due", "workspace_id", "next_due", "conversation_id",
            postgresql_where=text("next_due IS NOT NULL"),
        ),
        Index("ix_dialog_clock_alert", "alert_at", postgresql_where=text("alert_at IS NOT NULL")),
    )  # fmt: skip


class BreachRow(Base):
    """A promise that people were warned about (`warned`), and then missed. One row per clock, whatever happens twice."""

    __tablename__ = "dialog_breach"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    promise: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    noticed_at: Mapped[datetime]

    __table_args__ = (
        _of_dialog(),
        Index("ix_dialog_breach_time", "workspace_id", "due_at"),
    )


class RatingRow(Created, Base):
    """What a visitor thinks of a round; `handler_id` is whom it is about."""

    __tablename__ = "dialog_rating"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    score: Mapped[int]
    comment: Mapped[str]
    handler_id: Mapped[UUID | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        _of_dialog(),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_dialog_rating_time", "workspace_id", "created_at"),
    )
