"""What belongs to messages: revisions, reactions, pins, quotes, threads, mentions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SECURED = ("message_revision", "reaction", "mention")


def _of_message(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "conversation_id", "seq"],
        ["message.workspace_id", "message.conversation_id", "message.seq"],
        name=op.f(f"fk_{table}_workspace_id_conversation_id_seq"),
        ondelete="CASCADE",
    )


def _of_actor(table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "actor_id"],
        ["actor.workspace_id", "actor.id"],
        name=op.f(f"fk_{table}_workspace_id_actor_id"),
        ondelete=ondelete,
    )


def _moment() -> sa.Column[object]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    """Apply."""
    op.add_column("message", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    fresh = sa.text("false")
    op.add_column(
        "message", sa.Column("is_changed", sa.Boolean(), server_default=fresh, nullable=False)
    )
    op.add_column("message", sa.Column("thread_root_seq", sa.BigInteger(), nullable=True))
    for name in ("quote", "reactions", "thread"):
        op.add_column("message", sa.Column(name, postgresql.JSONB(), nullable=True))
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
    op.create_table(
        "reaction",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        _moment(),
        _of_message("reaction"),
        _of_actor("reaction"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "seq", "emoji", "actor_id", name=op.f("pk_reaction")
        ),
    )
    op.create_table(
        "mention",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        _moment(),
        _of_message("mention"),
        _of_actor("mention", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "actor_id", "conversation_id", "seq", name=op.f("pk_mention")
        ),
    )
    op.create_index("ix_mention_message", "mention", ["workspace_id", "conversation_id", "seq"])
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("mention")
    op.drop_table("reaction")
    op.drop_table("message_revision")
    for name in ("thread", "reactions", "quote", "thread_root_seq", "is_changed", "pinned_at"):
        op.drop_column("message", name)
