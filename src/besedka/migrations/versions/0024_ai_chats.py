"""Chats with the AI: put away, in the trash."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "participant",
        sa.Column("is_archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "conversation", sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_conversation_trashed", "conversation", ["trashed_at"],
        postgresql_where=sa.text("trashed_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_conversation_trashed", table_name="conversation")
    op.drop_column("conversation", "trashed_at")
    op.drop_column("participant", "is_archived")
