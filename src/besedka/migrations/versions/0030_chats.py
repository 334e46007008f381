"""Folders of chats."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = ("folder",)


def _row() -> list[sa.Column[object]]:
    moment = sa.DateTime(timezone=True)
    ids = [sa.Column(name, sa.Uuid(), nullable=False) for name in ("workspace_id", "id")]
    return [*ids, sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False)]


def _folders() -> None:
    op.create_table(
        "folder",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_folder_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_folder")),
    )
    op.create_index(
        "uq_folder_name",
        "folder",
        ["workspace_id", "actor_id", sa.literal_column("lower(name)")],
        unique=True,
    )
    op.add_column("participant", sa.Column("folder_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_participant_workspace_id_folder_id"), "participant", "folder",
        ["workspace_id", "folder_id"], ["workspace_id", "id"], ondelete="SET NULL (folder_id)",
    )  # fmt: skip
    op.create_index(
        "ix_participant_folder", "participant", ["workspace_id", "folder_id"],
        postgresql_where=sa.text("folder_id IS NOT NULL"),
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _folders()
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_participant_folder", table_name="participant")
    op.drop_constraint(op.f("fk_participant_workspace_id_folder_id"), "participant")
    op.drop_column("participant", "folder_id")
    op.drop_table("folder")
