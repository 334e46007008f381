"""Payments through gateways, what goes back of them, money that was paid out, and limits."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("ledger_payment", "ledger_payback", "ledger_limit", "wallet_watch")
CHECKS = {
    "ck_ledger_transaction_refund_of_charge": (
        "(kind IN ('refund', 'payout')) = (charge_id IS NOT NULL)",
        "(kind = 'refund') = (charge_id IS NOT NULL)",
    ),
    "ck_ledger_transaction_direction": (
        "CASE WHEN kind IN ('usage', 'expiry', 'payout') THEN amount <= 0 ELSE amount > 0 END",
        "CASE WHEN kind IN ('usage', 'expiry') THEN amount <= 0 ELSE amount > 0 END",
    ),
}
"""What transactions have to be: now, and before."""


def _created() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _payments() -> None:
    op.create_table(
        "ledger_payment",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("charge", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        _created(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_payment_amount_positive")),
        sa.CheckConstraint(
            "(state = 'paid') = (transaction_id IS NOT NULL)",
            name=op.f("ck_ledger_payment_paid_is_booked"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_ledger_payment_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "transaction_id"],
            ["ledger_transaction.workspace_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_payment_workspace_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_payment")),
    )
    op.create_index(
        "uq_ledger_payment_reference", "ledger_payment", ["gateway", "reference"], unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_ledger_payment_open", "ledger_payment", ["created_at"],
        postgresql_where=sa.text("state IN ('new', 'pending')"),
    )  # fmt: skip


def _paybacks() -> None:
    op.create_table(
        "ledger_payback",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        _created(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_payback_amount_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "payment_id"],
            ["ledger_payment.workspace_id", "ledger_payment.id"],
            name=op.f("fk_ledger_payback_workspace_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_payback")),
    )
    op.create_index("ix_ledger_payback_payment", "ledger_payback", ["workspace_id", "payment_id"])
    op.create_index(
        "ix_ledger_payback_open", "ledger_payback", ["created_at"],
        postgresql_where=sa.text("state = 'new'"),
    )  # fmt: skip


def _limits() -> None:
    op.add_column("ledger_hold", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.create_table(
        "ledger_limit",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("told_for", sa.DateTime(timezone=True), nullable=True),
        _created(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_limit_amount_positive")),
        sa.CheckConstraint("period IN ('day', 'month')", name=op.f("ck_ledger_limit_period_known")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_ledger_limit_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_limit")),
    )
    op.create_index(
        "uq_ledger_limit_period", "ledger_limit", ["workspace_id", "period", "actor_id"], unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip


def _watch() -> None:
    op.create_table(
        "wallet_watch",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("warn_below", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_wallet_watch_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_wallet_watch")),
    )


def _replace_checks(place: int) -> None:
    """Put other conditions in place, looked at without a long lock."""
    for name, conditions in CHECKS.items():
        op.execute(f"ALTER TABLE ledger_transaction DROP CONSTRAINT {name}")
        op.execute(
            f"ALTER TABLE ledger_transaction ADD CONSTRAINT {name} CHECK ({conditions[place]}) NOT VALID"
        )
        op.execute(f"ALTER TABLE ledger_transaction VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    """Apply."""
    _payments()
    _paybacks()
    _limits()
    _watch()
    _replace_checks(0)
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back; refused while money was paid out."""
    _replace_checks(1)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("ledger_hold", "actor_id")
