"""What messages said before they were edited."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

SECURED = ("message_revision",)


def _of_message(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "conversation_id", "seq"],
        ["message.workspace_id", "message.conversation_id", "message.seq"],
        name=op.f(f"fk_{table}_workspace_id_conversation_id_seq"),
        ondelete="CASCADE",
    )


def _moment() -> sa.Column[object]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "message_revision",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _moment(),
        _of_message("message_revision"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "seq", "number", name=op.f("pk_message_revision")
        ),
    )
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("message_revision")
