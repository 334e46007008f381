"""Letters about what was missed, and the way out of them; the log level that was set while running."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SECURED = ("digest_member", "digest_told")


def upgrade() -> None:
    """Apply."""
    op.add_column("letter", sa.Column("unsubscribe", sa.Text(), nullable=True))
    op.create_table(
        "digest_member",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("pace", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_digest_member_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "actor_id", name=op.f("pk_digest_member")),
    )
    op.create_table(
        "digest_told",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["digest_member.workspace_id", "digest_member.actor_id"],
            name=op.f("fk_digest_told_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_digest_told_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "actor_id", "conversation_id", name=op.f("pk_digest_told")
        ),
    )
    op.create_index(
        "ix_digest_told_conversation", "digest_told", ["workspace_id", "conversation_id"]
    )
    op.create_table(
        "log_level",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_level_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_level")),
    )
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("log_level")
    op.drop_table("digest_told")
    op.drop_table("digest_member")
    op.drop_column("letter", "unsubscribe")
