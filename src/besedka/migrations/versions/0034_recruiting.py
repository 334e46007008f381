"""What recruiters work with: notes on applications, and interviews that are only tried out."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("candidate", sa.Column("tried_by", sa.Uuid(), nullable=True))
    op.create_table(
        "hiring_note",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_hiring_note_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_hiring_note")),
    )
    op.create_index("ix_hiring_note_response", "hiring_note", ["workspace_id", "response_id", "id"])
    for statement in rls.policy_statements("hiring_note"):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("hiring_note")
    op.drop_column("candidate", "tried_by")
