"""Hiring: vacancies, candidates, applications and the course of their interviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = (
    "vacancy",
    "candidate",
    "candidate_response",
    "interview_transition",
    "interview_answer",
    "hiring_decision",
    "hiring_contest",
    "hiring_letter",
)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )


def _vacancies() -> None:
    op.create_table(
        "vacancy",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("work_format", sa.Text(), nullable=True),
        sa.Column("employment", sa.Text(), nullable=True),
        sa.Column("salary_min", sa.BigInteger(), nullable=True),
        sa.Column("salary_max", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "skills", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "questions", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("rubric", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_days", sa.Integer(), server_default=sa.text("365"), nullable=False),
        *_key(),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_vacancy")),
    )
    op.create_index("ix_vacancy_id", "vacancy", ["id"], unique=False)
    op.create_index(
        "ix_vacancy_open",
        "vacancy",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "candidate",
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("resume_text", sa.Text(), server_default="", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_candidate_workspace_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_candidate")),
    )
    op.create_index(
        "ix_candidate_contact", "candidate", ["workspace_id", "contact_id"], unique=False
    )
    op.create_index(
        "ix_candidate_waiting",
        "candidate",
        ["seen_at"],
        unique=False,
        postgresql_where=sa.text("contact_id IS NULL"),
    )


def _responses() -> None:
    op.create_table(
        "candidate_response",
        sa.Column("vacancy_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("clarified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("interrupted", sa.Text(), nullable=True),
        sa.Column("reminders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("rubric", postgresql.JSONB(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.Column("consent_version", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_text", sa.Text(), server_default="", nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "candidate_id"],
            ["candidate.workspace_id", "candidate.id"],
            name=op.f("fk_candidate_response_workspace_id_candidate_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_candidate_response_workspace_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "vacancy_id"],
            ["vacancy.workspace_id", "vacancy.id"],
            name=op.f("fk_candidate_response_workspace_id_vacancy_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_candidate_response")),
        sa.UniqueConstraint("id", name=op.f("uq_candidate_response_id")),
        sa.UniqueConstraint(
            "workspace_id",
            "vacancy_id",
            "candidate_id",
            name=op.f("uq_candidate_response_workspace_id_vacancy_id_candidate_id"),
        ),
    )
    op.create_index(
        "ix_candidate_response_candidate",
        "candidate_response",
        ["workspace_id", "candidate_id"],
        unique=False,
    )
    op.create_index(
        "ix_candidate_response_conversation",
        "candidate_response",
        ["workspace_id", "conversation_id"],
        unique=False,
    )
    op.create_index(
        "ix_candidate_response_going",
        "candidate_response",
        ["moved_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('new', 'interviewing')"),
    )


def _interviews() -> None:
    op.create_table(
        "interview_transition",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_interview_transition_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_interview_transition")),
    )
    op.create_index(
        "ix_interview_transition_response",
        "interview_transition",
        ["workspace_id", "response_id", "id"],
        unique=False,
    )
    op.create_table(
        "interview_answer",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_interview_answer_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_interview_answer")),
        sa.UniqueConstraint(
            "workspace_id",
            "response_id",
            "seq",
            name=op.f("uq_interview_answer_workspace_id_response_id_seq"),
        ),
    )


def _decisions() -> None:
    op.create_table(
        "hiring_decision",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("recommended", sa.Boolean(), nullable=True),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_hiring_decision_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_hiring_decision")),
    )
    op.create_index(
        "ix_hiring_decision_response",
        "hiring_decision",
        ["workspace_id", "response_id", "id"],
        unique=False,
    )
    op.create_table(
        "hiring_contest",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_hiring_contest_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_hiring_contest")),
    )
    op.create_index(
        "ix_hiring_contest_response",
        "hiring_contest",
        ["workspace_id", "response_id", "id"],
        unique=False,
    )
    op.create_table(
        "hiring_letter",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["candidate_response.workspace_id", "candidate_response.id"],
            name=op.f("fk_hiring_letter_workspace_id_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_hiring_letter")),
    )
    op.create_index(
        "ix_hiring_letter_response",
        "hiring_letter",
        ["workspace_id", "response_id", "id"],
        unique=False,
    )


def upgrade() -> None:
    """Apply."""
    _vacancies()
    _responses()
    _interviews()
    _decisions()
    for table in TABLES:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
