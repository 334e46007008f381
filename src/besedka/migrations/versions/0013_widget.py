"""The visitor's side: options of a widget, where it was seen, who its visitors are, and what was promised to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WIDGET = ("options", "identity_secret", "seen_origin", "seen_at")
VISITOR = (
    "filled_at", "proved_until", "verified", "once_hash", "reply_to", "promised_at", "resume_hash", "resume_until",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "widget",
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("widget", sa.Column("identity_secret", sa.LargeBinary(), nullable=True))
    op.add_column("widget", sa.Column("seen_origin", sa.Text(), nullable=True))
    op.add_column("widget", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("filled_at", "proved_until", "promised_at", "resume_until"):
        op.add_column("widget_visitor", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("once_hash", "resume_hash"):
        op.add_column("widget_visitor", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.add_column("widget_visitor", sa.Column("reply_to", sa.Text(), nullable=True))
    op.add_column(
        "widget_visitor",
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    # Whoever blocks contacts has this column too, whichever comes first.
    _create_indexes()


def _create_indexes() -> None:
    op.create_index(
        "ix_widget_visitor_promised",
        "widget_visitor",
        ["promised_at"],
        postgresql_where=sa.text("promised_at IS NOT NULL"),
    )
    op.create_index("ix_widget_visitor_contact", "widget_visitor", ["workspace_id", "contact_id"])
    op.create_index(
        "ix_widget_visitor_resume",
        "widget_visitor",
        ["workspace_id", "resume_hash"],
        postgresql_where=sa.text("resume_hash IS NOT NULL"),
    )
    op.create_index(
        "uq_widget_visitor_once",
        "widget_visitor",
        ["workspace_id", "widget_id", "once_hash"],
        unique=True,
        postgresql_where=sa.text("once_hash IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back."""
    for name in ("uq_widget_visitor_once", "ix_widget_visitor_resume", "ix_widget_visitor_contact", "ix_widget_visitor_promised"):  # fmt: skip
        op.drop_index(name, table_name="widget_visitor")
    for name in reversed(VISITOR):
        op.drop_column("widget_visitor", name)
    for name in reversed(WIDGET):
        op.drop_column("widget", name)
