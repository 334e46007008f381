"""What an operator has at hand inside a dialog: files of messages, ready replies, macros, notes about contacts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SECURED = ("message_attachment", "canned_reply", "macro")


def _attachments() -> None:
    op.add_column("message", sa.Column("attachments", postgresql.JSONB(), nullable=True))
    op.create_table(
        "message_attachment",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id", "seq"],
            ["message.workspace_id", "message.conversation_id", "message.seq"],
            name=op.f("fk_message_attachment_workspace_id_conversation_id_seq"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["file.workspace_id", "file.id"],
            name=op.f("fk_message_attachment_workspace_id_file_id"),
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "seq", "place", name=op.f("pk_message_attachment")
        ),
    )
    op.create_index("ix_message_attachment_file", "message_attachment", ["workspace_id", "file_id"])


def _own(table: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f(f"pk_{table}")),
    ]  # fmt: skip


def _desk() -> None:
    op.create_table(
        "canned_reply",
        *_own("canned_reply"),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body_ru", sa.Text(), server_default="", nullable=False),
        sa.Column("body_en", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_canned_reply_workspace_id_owner_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "uq_canned_reply_name",
        "canned_reply",
        [sa.text("workspace_id"), sa.text("owner_id"), sa.text("lower(name)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "macro",
        *_own("macro"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
    )
    name = [sa.text("workspace_id"), sa.text("lower(name)")]
    op.create_index("uq_macro_name", "macro", name, unique=True)


def upgrade() -> None:
    """Apply."""
    _attachments()
    _desk()
    op.add_column("contact", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("contact", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_column("contact", "blocked_at")
    op.drop_column("contact", "note")
    op.drop_table("macro")
    op.drop_table("canned_reply")
    op.drop_table("message_attachment")
    op.drop_column("message", "attachments")
