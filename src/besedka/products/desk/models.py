"""Tables of ready replies and macros."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class CannedReply(Tenant, Base):
    """A text under a short name; without an owner it is everybody's."""

    __tablename__ = "canned_reply"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["workspace_id", "owner_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        Index(
            "uq_canned_reply_name", "workspace_id", "owner_id", text("lower(name)"),
            unique=True, postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    owner_id: Mapped[UUID | None]
    name: Mapped[str]
    body_ru: Mapped[str] = mapped_column(server_default="")
    body_en: Mapped[str] = mapped_column(server_default="")


class MacroRow(Tenant, Base):
    """A named list of steps, as `{"do": …, "value": …}`."""

    __tablename__ = "macro"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index("uq_macro_name", "workspace_id", text("lower(name)"), unique=True),
    )

    name: Mapped[str]
    steps: Mapped[list[Any]]
