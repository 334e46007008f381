"""Chats with the AI: put away, in the trash, their branches and the making of answers."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

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
    _create_chats()
    _create_turns()
    _create_runs()
    for table in ("ai_chat", "ai_turn", "ai_run"):
        for statement in rls.policy_statements(table):
            op.execute(statement)


def _create_chats() -> None:
    op.create_table(
        "ai_chat",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("instructions", sa.Text(), server_default="", nullable=False),
        sa.Column("leaf_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _of_conversation("ai_chat"),
        sa.PrimaryKeyConstraint("workspace_id", "conversation_id", name=op.f("pk_ai_chat")),
    )


def _create_turns() -> None:
    op.create_table(
        "ai_turn",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_seq", sa.BigInteger(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id", "seq"],
            ["message.workspace_id", "message.conversation_id", "message.seq"],
            name=op.f("fk_ai_turn_workspace_id_conversation_id_seq"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "conversation_id", "seq", name=op.f("pk_ai_turn")),
    )
    op.create_index(
        "ix_ai_turn_parent", "ai_turn", ["workspace_id", "conversation_id", "parent_seq", "seq"]
    )


def _create_runs() -> None:
    op.create_table(
        "ai_run",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("question_seq", sa.BigInteger(), nullable=False),
        sa.Column("answer_seq", sa.BigInteger(), nullable=True),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("partial", sa.Text(), server_default="", nullable=False),
        sa.Column("is_stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("max_tokens", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("llm_run_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        _of_conversation("ai_run"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "asker_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_ai_run_workspace_id_asker_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ai_run")),
    )
    op.create_index(
        "ix_ai_run_question", "ai_run", ["workspace_id", "conversation_id", "question_seq"]
    )
    op.create_index(
        "uq_ai_run_unfinished", "ai_run", ["workspace_id", "conversation_id"], unique=True,
        postgresql_where=sa.text("state IN ('queued', 'working')"),
    )  # fmt: skip


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "conversation_id"],
        ["conversation.workspace_id", "conversation.id"],
        name=op.f(f"fk_{table}_workspace_id_conversation_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Take back."""
    for table in ("ai_run", "ai_turn", "ai_chat"):
        op.drop_table(table)
    op.drop_index("ix_conversation_trashed", table_name="conversation")
    op.drop_column("conversation", "trashed_at")
    op.drop_column("participant", "is_archived")
