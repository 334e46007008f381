"""What people tell about themselves: facts with weights, the words behind them, their history."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("profile", "profile_fact", "profile_source", "profile_change")


def _created() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _of_fact(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "fact_id"], ["profile_fact.workspace_id", "profile_fact.id"],
        name=op.f(f"fk_{table}_workspace_id_fact_id"), ondelete="CASCADE",
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "profile",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("in_answers", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("accepts_itself", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _created(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_profile_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "actor_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "profile_fact",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column(
            "confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        _created(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["profile.workspace_id", "profile.actor_id"],
            name=op.f("fk_profile_fact_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_profile_fact")),
    )  # fmt: skip
    op.create_index(
        "uq_profile_fact_name", "profile_fact", ["workspace_id", "actor_id", "kind", sa.text("lower(name)")],
        unique=True,
    )  # fmt: skip
    op.create_table(
        "profile_source",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        _created(),
        _of_fact("profile_source"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_profile_source")),
    )
    op.create_index("ix_profile_source_fact", "profile_source", ["workspace_id", "fact_id"])
    op.create_table(
        "profile_change",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("name_before", sa.Text(), nullable=True),
        sa.Column("weight_before", sa.Float(), nullable=True),
        _created(),
        _of_fact("profile_change"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_profile_change")),
    )
    op.create_index("ix_profile_change_fact", "profile_change", ["workspace_id", "fact_id", "id"])
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
