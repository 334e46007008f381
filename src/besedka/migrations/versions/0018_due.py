"""When the next promise of a dialog is due, beside the dialog; policies for a priority; when contacts were merged."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DUE = """
UPDATE conversation c SET due_at = d.next_due FROM dialog_clock d
WHERE d.workspace_id = c.workspace_id AND d.conversation_id = c.id AND d.next_due IS NOT NULL
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("conversation", sa.Column("due_at", sa.DateTime(timezone=True)))
    op.add_column("sla_policy", sa.Column("priority", sa.SmallInteger()))
    op.execute(DUE)


def downgrade() -> None:
    """Take back."""
    op.drop_column("sla_policy", "priority")
    op.drop_column("conversation", "due_at")
