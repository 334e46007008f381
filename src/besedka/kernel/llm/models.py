"""Tables of providers, servers, prices, rules and runs."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


class ProviderRow(Tenant, Base):
    """A provider of a workspace, or of one of its members; the key is sealed."""

    __tablename__ = "llm_provider"

    kind: Mapped[str]
    name: Mapped[str]
    base_url: Mapped[str]
    default_model: Mapped[str]
    embedding_model: Mapped[str] = mapped_column(server_default="")
    rerank_model: Mapped[str] = mapped_column(server_default="")
    folder: Mapped[str] = mapped_column(server_default="")
    api_key: Mapped[bytes | None]
    tested_at: Mapped[datetime | None]
    test_failure: Mapped[str | None]
    actor_id: Mapped[UUID | None]
    """Whose key it is, where it is a person's own; it goes with the member."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
        Index(
            "uq_llm_provider_name", "workspace_id", "name", unique=True,
            postgresql_where=text("actor_id IS NULL"),
        ),
        Index(
            "uq_llm_provider_whose", "workspace_id", "actor_id", unique=True,
            postgresql_where=text("actor_id IS NOT NULL"),
        ),
    )  # fmt: skip


class ServerRow(Created, Base):
    """A provider that a host connected for the whole installation; the key is sealed."""

    __tablename__ = "llm_server"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    base_url: Mapped[str]
    api_key: Mapped[bytes | None]

    __table_args__ = (UniqueConstraint("name"),)


class ServerModelRow(Base):
    """A model that a host chose from a server: `upstream` is its name there. Prices in micro-units per million tokens."""

    __tablename__ = "llm_server_model"

    server_id: Mapped[UUID] = mapped_column(
        ForeignKey("llm_server.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(primary_key=True)
    upstream: Mapped[str]
    place: Mapped[int]
    context: Mapped[int | None]
    abilities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    currency: Mapped[str | None]
    input: Mapped[int | None] = mapped_column(BigInteger)
    output: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(
            "(currency IS NULL) = (input IS NULL) AND (input IS NULL) = (output IS NULL)",
            name="price_whole",
        ),
        CheckConstraint(
            "coalesce(input, 0) >= 0 AND coalesce(output, 0) >= 0", name="price_positive"
        ),
    )


class PlaceRow(Base):
    """Where a provider of the installation stands in the host's order."""

    __tablename__ = "llm_place"

    provider: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]


class ModelRuleRow(Tenant, Base):
    """Somebody who may use a model that not everybody may: a role, a member, or nobody at all."""

    __tablename__ = "llm_model_rule"

    model: Mapped[str]
    role: Mapped[str | None]
    actor_id: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("role IS NULL OR actor_id IS NULL", name="one_whom"),
    )


class ModelPriceRow(Tenant, Base):
    """A workspace's own price of a model, in money per million tokens."""

    __tablename__ = "llm_model_price"

    model: Mapped[str]
    currency: Mapped[str]
    input: Mapped[Decimal]
    output: Mapped[Decimal]
    cached_input: Mapped[Decimal | None]

    __table_args__ = (UniqueConstraint("workspace_id", "model"),)


class LlmRunRow(Tenant, Base):
    """One call of a model."""

    __tablename__ = "llm_run"

    assistant_id: Mapped[UUID | None]
    """Who answers with it; a call for no assistant, and one from before this was kept, has none."""
    purpose: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    state: Mapped[str]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cached_tokens: Mapped[int | None]
    usage_estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    cost_micro: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    first_ms: Mapped[int | None]
    total_ms: Mapped[int | None]
    finish: Mapped[str | None]
    failure: Mapped[str | None]

    __table_args__ = (
        Index("ix_llm_run_time", "workspace_id", "created_at"),
        Index("ix_llm_run_recent", "created_at", postgresql_using="brin"),
    )
