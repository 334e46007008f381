"""What an operator has at hand inside a dialog: files of messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

SECURED = ("message_attachment",)


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


def upgrade() -> None:
    """Apply."""
    _attachments()
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("message_attachment")
    op.drop_column("message", "attachments")
