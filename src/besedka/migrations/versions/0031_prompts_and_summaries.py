"""AI chats: the prompt library."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("ai_prompt",)


def _made() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def _prompts() -> None:
    op.create_table(
        "ai_prompt",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _made(),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_ai_prompt_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "author_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_ai_prompt_workspace_id_author_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ai_prompt")),
    )
    op.create_index("ix_ai_prompt_author", "ai_prompt", ["workspace_id", "author_id"])


def upgrade() -> None:
    """Apply."""
    _prompts()
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
