"""The flow of dialogs: teams, priority, snoozing, since when somebody waits; operators and saved views of the inbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SECURED = ("team", "team_member", "inbox_operator", "inbox_view")
ADDED = ("team_id", "priority", "snoozed_until", "waiting_since")


def upgrade() -> None:
    """Apply."""
    now = sa.text("now()")
    op.create_table(
        "team",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), server_default="manual", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_team_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_team")),
    )  # fmt: skip
    op.create_index("uq_team_name", "team", ["workspace_id", sa.text("lower(name)")], unique=True)
    op.create_index(
        "uq_team_default", "team", ["workspace_id"], unique=True, postgresql_where=sa.text("is_default")
    )  # fmt: skip
    op.create_table(
        "team_member",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"],
            ["team.workspace_id", "team.id"],
            name=op.f("fk_team_member_workspace_id_team_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_team_member_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "team_id", "actor_id", name=op.f("pk_team_member")),
    )
    op.create_index("ix_team_member_actor", "team_member", ["workspace_id", "actor_id"])
    op.add_column("conversation", sa.Column("team_id", sa.Uuid(), nullable=True))
    op.add_column(
        "conversation",
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
    )
    for name in ("snoozed_until", "waiting_since"):
        op.add_column("conversation", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_conversation_workspace_id_team_id"),
        "conversation", "team", ["workspace_id", "team_id"], ["workspace_id", "id"],
        ondelete="SET NULL (team_id)",
    )  # fmt: skip
    op.create_index(
        "ix_conversation_assignee", "conversation", ["workspace_id", "assignee_id"],
        postgresql_where=sa.text("state = 'open' AND assignee_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_conversation_team", "conversation", ["workspace_id", "team_id"],
        postgresql_where=sa.text("team_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "inbox_operator",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("is_away", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("capacity", sa.Integer(), server_default=sa.text("10"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_inbox_operator_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "actor_id", name=op.f("pk_inbox_operator")),
    )
    op.create_table(
        "inbox_view",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_inbox_view_workspace_id_owner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_inbox_view")),
    )
    op.create_index("ix_inbox_view_owner", "inbox_view", ["workspace_id", "owner_id"])
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("inbox_view")
    op.drop_table("inbox_operator")
    op.drop_index("ix_conversation_team", "conversation")
    op.drop_index("ix_conversation_assignee", "conversation")
    op.drop_constraint(op.f("fk_conversation_workspace_id_team_id"), "conversation")
    for column in ADDED:
        op.drop_column("conversation", column)
    op.drop_table("team_member")
    op.drop_table("team")
