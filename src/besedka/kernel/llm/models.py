"""Tables of providers, prices and runs."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class ProviderRow(Tenant, Base):
    """A provider of a workspace; the key is sealed."""

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

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)


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

    __table_args__ = (Index("ix_llm_run_time", "workspace_id", "created_at"),)
