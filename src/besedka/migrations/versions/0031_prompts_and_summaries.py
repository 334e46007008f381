"""AI chats: the prompt library, summaries of what has no room, chats that came from elsewhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("ai_prompt", "ai_summary", "ai_import")


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


def _summaries() -> None:
    op.create_table(
        "ai_summary",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("until_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("is_edited", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        _made(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id", "until_seq"],
            ["ai_turn.workspace_id", "ai_turn.conversation_id", "ai_turn.seq"],
            name=op.f("fk_ai_summary_workspace_id_conversation_id_until_seq"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "until_seq", name=op.f("pk_ai_summary")
        ),
    )


def _imports() -> None:
    op.add_column("ai_chat", sa.Column("source", sa.Text(), nullable=True))
    op.create_index(
        "uq_ai_chat_source", "ai_chat", ["workspace_id", "source"], unique=True,
        postgresql_where=sa.text("source IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "ai_import",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
            for name in ("done_bytes", "all_bytes", "made", "known", "skipped")
        ),
        sa.Column(
            "notes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("failure", sa.Text(), nullable=True),
        _made(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_ai_import_workspace_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["file.workspace_id", "file.id"],
            name=op.f("fk_ai_import_workspace_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ai_import")),
    )
    op.create_index("ix_ai_import_actor", "ai_import", ["workspace_id", "actor_id", "id"])


def upgrade() -> None:
    """Apply."""
    _prompts()
    _summaries()
    _imports()
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("uq_ai_chat_source", table_name="ai_chat")
    op.drop_column("ai_chat", "source")
