"""The chain of audit events; when accounts were last used."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SECURED = ("audit_chain",)


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
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_column("app_user", "last_seen_at")
    op.drop_table("audit_chain")
    op.drop_index("ix_audit_event_unsealed", table_name="audit_event")
    op.drop_index("uq_audit_event_place", table_name="audit_event")
    op.drop_column("audit_event", "hash")
    op.drop_column("audit_event", "place")
