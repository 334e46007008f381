"""Hiring: what a candidate sent with the form, times to meet, and letters with an appointment."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = ("hiring_application", "interview_slot")


def _row() -> list[sa.Column[object]]:
    """Return what every table of a workspace has."""
    moment, now = sa.DateTime(timezone=True), sa.text("now()")
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
    ]


def _of_response(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "response_id"],
        ["candidate_response.workspace_id", "candidate_response.id"],
        name=op.f(f"fk_{table}_workspace_id_response_id"),
        ondelete="CASCADE",
    )


def _applications() -> None:
    op.create_table(
        "hiring_application",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("consent_version", sa.Text(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        *_row(),
        _of_response("hiring_application"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["file.workspace_id", "file.id"],
            name=op.f("fk_hiring_application_workspace_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_hiring_application")),
        sa.UniqueConstraint(
            "workspace_id",
            "response_id",
            name=op.f("uq_hiring_application_workspace_id_response_id"),
        ),
    )
    op.create_index(
        "ix_hiring_application_file",
        "hiring_application",
        ["workspace_id", "file_id"],
        unique=False,
    )


def _slots() -> None:
    op.create_table(
        "interview_slot",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        *_row(),
        _of_response("interview_slot"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_interview_slot")),
    )
    op.create_index(
        "ix_interview_slot_response",
        "interview_slot",
        ["workspace_id", "response_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        "ix_interview_slot_taken",
        "interview_slot",
        ["workspace_id", "response_id"],
        unique=True,
        postgresql_where=sa.text("state = 'taken'"),
    )
    op.create_index(
        "ix_interview_slot_busy",
        "interview_slot",
        ["workspace_id", "offered_by", "starts_at"],
        unique=False,
        postgresql_where=sa.text("state = 'taken'"),
    )


def upgrade() -> None:
    """Apply."""
    _applications()
    _slots()
    op.add_column("letter", sa.Column("calendar", sa.Text(), nullable=True))
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_column("letter", "calendar")
    for table in reversed(TABLES):
        op.drop_table(table)
