"""Collections that several assistants answer from, and that can be deleted."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    gone = sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("collection", gone)
    op.create_table(
        "assistant_collection",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            name=op.f("fk_assistant_collection_workspace_id_assistant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            name=op.f("fk_assistant_collection_workspace_id_collection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "assistant_id", "collection_id", name=op.f("pk_assistant_collection")
        ),
    )
    op.create_index(
        "ix_assistant_collection_collection",
        "assistant_collection",
        ["workspace_id", "collection_id"],
    )
    for statement in rls.policy_statements("assistant_collection"):
        op.execute(statement)


def downgrade() -> None:
    """Take back; deleted collections are there again, with their documents in the trash."""
    op.drop_table("assistant_collection")
    op.drop_column("collection", "deleted_at")
