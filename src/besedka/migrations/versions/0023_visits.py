"""For how long a site vouches for its visitor."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "widget_visitor", sa.Column("verified_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    """Revert."""
    op.drop_column("widget_visitor", "verified_until")
