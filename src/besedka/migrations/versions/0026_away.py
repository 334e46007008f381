"""Assistants that are put away or deleted, and when contacts were put together."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENTS = (("assistant", "archived_at"), ("assistant", "deleted_at"), ("contact", "merged_at"))


def upgrade() -> None:
    """Apply."""
    for table, name in MOMENTS:
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_assistant_deleted", "assistant", ["deleted_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_assistant_deleted", table_name="assistant")
    for table, name in reversed(MOMENTS):
        op.drop_column(table, name)
