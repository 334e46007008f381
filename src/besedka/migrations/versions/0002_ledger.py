"""The ledger: accounts, transactions, entries, grants and holds; and idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls
from besedka.core.db.connection import APP_ROLE, SYSTEM_ROLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SECURED = (
    "ledger_account",
    "ledger_transaction",
    "ledger_entry",
    "ledger_grant",
    "ledger_hold",
    "idempotency_key",
)
APPEND_ONLY = ("ledger_transaction", "ledger_entry")

# Looked at when the transaction commits. A transaction without entries moves nothing and says so (a usage that was free).
FUNCTIONS = (
    """
CREATE FUNCTION ledger_check_sum(workspace uuid, booked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  total numeric;
  of_wallet numeric;
BEGIN
  SELECT coalesce(sum(e.amount), 0), coalesce(sum(e.amount) FILTER (WHERE a.kind = 'wallet'), 0)
    INTO total, of_wallet
    FROM ledger_entry e
    JOIN ledger_account a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
    WHERE e.workspace_id = workspace AND e.transaction_id = booked;
  PERFORM FROM ledger_transaction
    WHERE workspace_id = workspace AND id = booked AND total = 0 AND amount = of_wallet;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the entries of transaction % do not sum to zero, or move the wallet by something else', booked
      USING ERRCODE = 'check_violation';
  END IF;
END $$
""",
    """
CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_check_sum(NEW.workspace_id, NEW.id);
  RETURN NULL;
END $$
""",
    """
CREATE FUNCTION ledger_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_check_sum(NEW.workspace_id, NEW.transaction_id);
  RETURN NULL;
END $$
""",
    """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
""",
)
TRIGGERS = (
    "CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction()",
    "CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION ledger_check_entry()",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_account",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "currency IN ('RUB', 'USD')", name=op.f("ck_ledger_account_currency_known")
        ),
        sa.CheckConstraint(
            "kind = 'wallet' OR (balance = 0 AND held = 0)",
            name=op.f("ck_ledger_account_wallet_alone_kept"),
        ),
        sa.CheckConstraint(
            "balance - held >= 0", name=op.f("ck_ledger_account_available_not_negative")
        ),
        sa.CheckConstraint("held >= 0", name=op.f("ck_ledger_account_held_not_negative")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_ledger_account_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_account")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "uq_ledger_account_kind", "ledger_account", ["workspace_id", "kind"], unique=True
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "meta", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind = 'refund') = (charge_id IS NOT NULL)",
            name=op.f("ck_ledger_transaction_refund_of_charge"),
        ),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('usage', 'expiry') THEN amount <= 0 ELSE amount > 0 END",
            name=op.f("ck_ledger_transaction_direction"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "charge_id"],
            ["ledger_transaction.workspace_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_transaction_workspace_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_ledger_transaction_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_transaction")),
    )
    op.create_index(
        "ix_ledger_transaction_charge",
        "ledger_transaction",
        ["workspace_id", "charge_id"],
        unique=False,
        postgresql_where=sa.text("charge_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_transaction_kind",
        "ledger_transaction",
        ["workspace_id", "kind", "id"],
        unique=False,
        postgresql_where=sa.text("kind <> 'usage'"),
    )
    op.create_index(
        "uq_ledger_transaction_key", "ledger_transaction", ["workspace_id", "key"], unique=True
    )
    op.create_table(
        "ledger_entry",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_amount_moves")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "account_id"],
            ["ledger_account.workspace_id", "ledger_account.id"],
            name=op.f("fk_ledger_entry_workspace_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "transaction_id"],
            ["ledger_transaction.workspace_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_entry_workspace_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "transaction_id", "account_id", name=op.f("pk_ledger_entry")
        ),
    )
    op.create_index(
        "ix_ledger_entry_account",
        "ledger_entry",
        ["workspace_id", "account_id"],
        unique=False,
        postgresql_include=["amount"],
    )
    op.create_table(
        "ledger_grant",
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_ledger_grant_remaining_not_negative")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "id"],
            ["ledger_transaction.workspace_id", "ledger_transaction.id"],
            name=op.f("fk_ledger_grant_workspace_id_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_grant")),
    )
    op.create_index(
        "ix_ledger_grant_expires",
        "ledger_grant",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_ledger_grant_order",
        "ledger_grant",
        ["workspace_id", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "ledger_hold",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_ledger_hold_ended_or_open")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_hold_amount_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "account_id"],
            ["ledger_account.workspace_id", "ledger_account.id"],
            name=op.f("fk_ledger_hold_workspace_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger_hold")),
    )
    op.create_index(
        "ix_ledger_hold_ended",
        "ledger_hold",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_hold_expires",
        "ledger_hold",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("uq_ledger_hold_key", "ledger_hold", ["workspace_id", "key"], unique=True)
    op.create_table(
        "idempotency_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_idempotency_key_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "actor_id", "route", "key", name=op.f("pk_idempotency_key")
        ),
    )
    op.create_index("ix_idempotency_key_created", "idempotency_key", ["created_at"], unique=False)
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)
    for statement in (*FUNCTIONS, *TRIGGERS):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
        )
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {APP_ROLE}, {SYSTEM_ROLE}")


def downgrade() -> None:
    """Take back."""
    op.drop_table("idempotency_key")
    op.drop_table("ledger_hold")
    op.drop_table("ledger_grant")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_transaction")
    op.drop_table("ledger_account")
    op.execute(
        "DROP FUNCTION ledger_refuse_change, ledger_check_entry, ledger_check_transaction, ledger_check_sum"
    )
