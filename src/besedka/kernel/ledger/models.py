"""Tables of the ledger. Transactions and entries are only added: triggers of the migration see to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant

_WALLET = "ledger_account.workspace_id", "ledger_account.id"
_TRANSACTION = "ledger_transaction.workspace_id", "ledger_transaction.id"


class LedgerAccount(Tenant, Base):
    """A workspace's wallet or one of its system accounts.

    `balance` and `held` are kept for the wallet; a system account is the sum of its entries, which nobody waits for.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        Index("uq_ledger_account_kind", "workspace_id", "kind", unique=True),
        CheckConstraint("balance - held >= 0", name="available_not_negative"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("kind = 'wallet' OR (balance = 0 AND held = 0)", name="wallet_alone_kept"),
        CheckConstraint("currency IN ('RUB', 'USD')", name="currency_known"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    kind: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    held: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class LedgerTransaction(Tenant, Base):
    """What happened. `amount` is its effect on the wallet. No key to the actor: it outlives them."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        ForeignKeyConstraint(["workspace_id", "charge_id"], list(_TRANSACTION)),
        Index("uq_ledger_transaction_key", "workspace_id", "key", unique=True),
        Index(
            "ix_ledger_transaction_charge", "workspace_id", "charge_id",
            postgresql_where=text("charge_id IS NOT NULL"),
        ),
        Index(
            "ix_ledger_transaction_kind", "workspace_id", "kind", "id",
            postgresql_where=text("kind <> 'usage'"),
        ),
        CheckConstraint(
            "(kind IN ('refund', 'payout')) = (charge_id IS NOT NULL)", name="refund_of_charge"
        ),
        CheckConstraint(
            "CASE WHEN kind IN ('usage', 'expiry', 'payout') THEN amount <= 0 ELSE amount > 0 END", name="direction"
        ),
    )  # fmt: skip

    kind: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    actor_id: Mapped[UUID | None]
    charge_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(server_default="")
    meta: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class LedgerEntry(Created, Base):
    """A transaction's effect on one account."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "transaction_id"], list(_TRANSACTION)),
        ForeignKeyConstraint(["workspace_id", "account_id"], list(_WALLET)),
        Index("ix_ledger_entry_account", "workspace_id", "account_id", postgresql_include=["amount"]),
        CheckConstraint("amount <> 0", name="amount_moves"),
    )  # fmt: skip

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class LedgerGrant(Tenant, Base):
    """Money that expires; its id is that of the transaction that gave it."""

    __tablename__ = "ledger_grant"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "id"], list(_TRANSACTION)),
        Index(
            "ix_ledger_grant_order", "workspace_id", "expires_at", "id",
            postgresql_where=text("remaining > 0"),
        ),
        Index("ix_ledger_grant_expires", "expires_at", postgresql_where=text("remaining > 0")),
        CheckConstraint("remaining >= 0", name="remaining_not_negative"),
    )  # fmt: skip

    remaining: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]


class LedgerHold(Tenant, Base):
    """Money set aside. Ended holds stay for a while, so that a repeated request finds them."""

    __tablename__ = "ledger_hold"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "account_id"], list(_WALLET)),
        Index("uq_ledger_hold_key", "workspace_id", "key", unique=True),
        Index("ix_ledger_hold_expires", "expires_at", postgresql_where=text("state = 'open'")),
        Index("ix_ledger_hold_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_or_open"),
    )

    account_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    purpose: Mapped[str]
    actor_id: Mapped[UUID | None]
    """Whose limits it counts for. No key to the actor, as with transactions."""
    state: Mapped[str] = mapped_column(server_default="open")
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LedgerLimit(Tenant, Base):
    """How much may be spent in a period: by a member, or by everybody together. It goes with the member."""

    __tablename__ = "ledger_limit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
        Index(
            "uq_ledger_limit_period", "workspace_id", "period", "actor_id", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("period IN ('day', 'month')", name="period_known"),
    )  # fmt: skip

    actor_id: Mapped[UUID | None]
    period: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    told: Mapped[int] = mapped_column(server_default=text("0"))
    told_for: Mapped[datetime | None]
