"""Summaries of dialogs, for the people who answer them."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "copilot_summary",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mod", sa.BigInteger(), nullable=False),
        sa.Column("llm_run_id", sa.Uuid(), nullable=True),
        sa.Column(
            "written_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_copilot_summary_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "conversation_id", name=op.f("pk_copilot_summary")),
    )
    for statement in rls.policy_statements("copilot_summary"):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("copilot_summary")
