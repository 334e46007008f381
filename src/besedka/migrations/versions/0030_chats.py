"""Folders, temporary chats, answers side by side, and links to chats with models."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = ("folder", "ai_share")
UNFINISHED = sa.text("state IN ('queued', 'working')")


def _row() -> list[sa.Column[object]]:
    moment = sa.DateTime(timezone=True)
    ids: list[sa.Column[object]] = [
        sa.Column(name, sa.Uuid(), nullable=False) for name in ("workspace_id", "id")
    ]
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


def _temporary() -> None:
    op.add_column("participant", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_participant_expires", "participant", ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )  # fmt: skip


def _side_by_side() -> None:
    op.add_column(
        "ai_run", sa.Column("place", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "ai_run",
        sa.Column("is_compared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.drop_index("uq_ai_run_unfinished", table_name="ai_run")
    op.create_index(
        "uq_ai_run_unfinished", "ai_run", ["workspace_id", "conversation_id", "place"],
        unique=True, postgresql_where=UNFINISHED,
    )  # fmt: skip


def _shares() -> None:
    op.create_table(
        "ai_share",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_seq", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_ai_share_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_ai_share_workspace_id_owner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ai_share")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ai_share_token_hash")),
    )
    op.create_index("ix_ai_share_owner", "ai_share", ["workspace_id", "owner_id", "id"])
    op.create_index("ix_ai_share_conversation", "ai_share", ["workspace_id", "conversation_id"])
    op.create_index("ix_ai_share_expires", "ai_share", ["expires_at"])


def upgrade() -> None:
    """Apply."""
    _folders()
    _temporary()
    _side_by_side()
    _shares()
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("ai_share")
    op.execute("DELETE FROM ai_run WHERE place > 0 AND state IN ('queued', 'working')")
    op.drop_index("uq_ai_run_unfinished", table_name="ai_run")
    op.create_index(
        "uq_ai_run_unfinished", "ai_run", ["workspace_id", "conversation_id"],
        unique=True, postgresql_where=UNFINISHED,
    )  # fmt: skip
    op.drop_column("ai_run", "is_compared")
    op.drop_column("ai_run", "place")
    op.drop_index("ix_participant_expires", table_name="participant")
    op.drop_column("participant", "expires_at")
    op.drop_index("ix_participant_folder", table_name="participant")
    op.drop_constraint(op.f("fk_participant_workspace_id_folder_id"), "participant")
    op.drop_column("participant", "folder_id")
    op.drop_table("folder")
