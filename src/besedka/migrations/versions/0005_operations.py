"""The chain of audit events; when accounts were last used; webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SECURED = ("audit_chain", "webhook", "webhook_delivery")


def upgrade() -> None:
    """Apply."""
    op.add_column("audit_event", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column("audit_event", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.create_index(
        "uq_audit_event_place",
        "audit_event",
        ["workspace_id", "place"],
        unique=True,
        postgresql_where=sa.text("place IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_event_unsealed",
        "audit_event",
        ["workspace_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("place IS NULL"),
    )
    op.create_table(
        "audit_chain",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_audit_chain")),
    )
    op.add_column("app_user", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "webhook",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_for", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_webhook_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "webhook_id"],
            ["webhook.workspace_id", "webhook.id"],
            name=op.f("fk_webhook_delivery_workspace_id_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "uq_webhook_delivery_event",
        "webhook_delivery",
        ["workspace_id", "webhook_id", "event_id"],
        unique=True,
    )
    op.create_index("ix_webhook_delivery_age", "webhook_delivery", ["created_at"], unique=False)
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_column("app_user", "last_seen_at")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
    op.drop_table("audit_chain")
    op.drop_index("ix_audit_event_unsealed", table_name="audit_event")
    op.drop_index("uq_audit_event_place", table_name="audit_event")
    op.drop_column("audit_event", "hash")
    op.drop_column("audit_event", "place")
