"""Tables of the wallet. Those of payments belong to the books, and stay as long as they."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class LedgerPayment(Tenant, Base):
    """Money that somebody pays in through a gateway. `reference` is the gateway's name of it, `charge` what a refund names."""

    __tablename__ = "ledger_payment"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "transaction_id"],
            ["ledger_transaction.workspace_id", "ledger_transaction.id"],
        ),
        Index(
            "uq_ledger_payment_reference", "gateway", "reference", unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index(
            "ix_ledger_payment_open", "created_at", postgresql_where=text("state IN ('new', 'pending')")
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(state = 'paid') = (transaction_id IS NOT NULL)", name="paid_is_booked"),
    )  # fmt: skip

    gateway: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="new")
    actor_id: Mapped[UUID | None]
    reference: Mapped[str | None]
    charge: Mapped[str | None]
    url: Mapped[str] = mapped_column(server_default="")
    transaction_id: Mapped[UUID | None]
    asked_at: Mapped[datetime | None]


class LedgerPayback(Tenant, Base):
    """Part of a payment that goes back to who paid."""

    __tablename__ = "ledger_payback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "payment_id"], ["ledger_payment.workspace_id", "ledger_payment.id"]
        ),
        Index("ix_ledger_payback_payment", "workspace_id", "payment_id"),
        Index("ix_ledger_payback_open", "created_at", postgresql_where=text("state = 'new'")),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    payment_id: Mapped[UUID]
    hold_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default="new")
    note: Mapped[str] = mapped_column(server_default="")
    host_id: Mapped[UUID]
    reference: Mapped[str | None]


class WalletWatch(Base):
    """When a workspace is told that its balance gets short, and that it was told."""

    __tablename__ = "wallet_watch"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    warn_below: Mapped[int | None] = mapped_column(BigInteger)
    told_at: Mapped[datetime | None]
