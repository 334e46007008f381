"""Tables of profiles. All of them go with the membership of the person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


class ProfileRow(Created, Base):
    """What a person chose for their profile in a workspace."""

    __tablename__ = "profile"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    in_answers: Mapped[bool] = mapped_column(server_default=text("true"))
    accepts_itself: Mapped[bool] = mapped_column(server_default=text("false"))


class FactRow(Tenant, Base):
    """A fact. Its weight fades from `confirmed_at` on."""

    __tablename__ = "profile_fact"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["profile.workspace_id", "profile.actor_id"],
            ondelete="CASCADE",
        ),
        Index(
            "uq_profile_fact_name", "workspace_id", "actor_id", "kind", text("lower(name)"), unique=True
        ),
    )  # fmt: skip

    actor_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    weight: Mapped[float]
    state: Mapped[str]
    origin: Mapped[str]
    confirmed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SourceRow(Tenant, Base):
    """Words of a message that a fact was read from."""

    __tablename__ = "profile_source"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "fact_id"],
            ["profile_fact.workspace_id", "profile_fact.id"],
            ondelete="CASCADE",
        ),
        Index("ix_profile_source_fact", "workspace_id", "fact_id"),
    )

    fact_id: Mapped[UUID]
    quote: Mapped[str]
    reader: Mapped[str]


class ChangeRow(Tenant, Base):
    """What happened to a fact; forgotten with it."""

    __tablename__ = "profile_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "fact_id"],
            ["profile_fact.workspace_id", "profile_fact.id"],
            ondelete="CASCADE",
        ),
        Index("ix_profile_change_fact", "workspace_id", "fact_id", "id"),
    )

    fact_id: Mapped[UUID]
    deed: Mapped[str]
    by: Mapped[str]
    name: Mapped[str]
    weight: Mapped[float]
    name_before: Mapped[str | None]
    weight_before: Mapped[float | None]
