"""Tables of hiring."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant

_NOTHING = text("'[]'::jsonb")
_EMPTY = ""


def _of_response() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "response_id"],
        ["candidate_response.workspace_id", "candidate_response.id"],
        ondelete="CASCADE",
    )


class VacancyRow(Tenant, Base):
    """A vacancy. With responses it is archived, not deleted."""

    __tablename__ = "vacancy"

    title: Mapped[str]
    description: Mapped[str]
    status: Mapped[str]
    location: Mapped[str] = mapped_column(server_default=_EMPTY)
    work_format: Mapped[str | None]
    employment: Mapped[str | None]
    salary_min: Mapped[int | None] = mapped_column(BigInteger)
    salary_max: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    skills: Mapped[list[Any]] = mapped_column(server_default=_NOTHING)
    language: Mapped[str]
    questions: Mapped[list[Any]] = mapped_column(server_default=_NOTHING)
    rubric: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]
    keep_days: Mapped[int] = mapped_column(server_default=text("365"))

    __table_args__ = (
        Index("ix_vacancy_id", "id"),
        Index("ix_vacancy_open", "id", postgresql_where="status = 'open'"),
    )


class CandidateRow(Tenant, Base):
    """Somebody who looks for work, in the intake or, with a contact, in a company where they applied.

    `tried_by`: somebody of the company who tries an interview out; that is in no list and no figure.
    """

    __tablename__ = "candidate"

    full_name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default=_EMPTY)
    city: Mapped[str] = mapped_column(server_default=_EMPTY)
    resume_text: Mapped[str] = mapped_column(server_default=_EMPTY)
    token_hash: Mapped[bytes]
    contact_id: Mapped[UUID | None]
    tried_by: Mapped[UUID | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]
        ),
        Index("ix_candidate_contact", "workspace_id", "contact_id"),
        Index("ix_candidate_waiting", "seen_at", postgresql_where="contact_id IS NULL"),
    )


class ResponseRow(Tenant, Base):
    """An application; `questions` and `rubric` are those of the vacancy when it was made."""

    __tablename__ = "candidate_response"

    vacancy_id: Mapped[UUID]
    candidate_id: Mapped[UUID]
    conversation_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    status: Mapped[str]
    step: Mapped[str]
    at: Mapped[int]
    clarified: Mapped[bool] = mapped_column(server_default=text("false"))
    interrupted: Mapped[str | None]
    reminders: Mapped[int] = mapped_column(server_default=text("0"))
    language: Mapped[str]
    location: Mapped[str]
    questions: Mapped[list[Any]]
    rubric: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any] | None]
    consent_version: Mapped[str] = mapped_column(server_default=_EMPTY)
    consent_text: Mapped[str] = mapped_column(server_default=_EMPTY)
    consented_at: Mapped[datetime | None]
    moved_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "vacancy_id"], ["vacancy.workspace_id", "vacancy.id"]
        ),
        ForeignKeyConstraint(
            ["workspace_id", "candidate_id"],
            ["candidate.workspace_id", "candidate.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"]
        ),
        UniqueConstraint("workspace_id", "vacancy_id", "candidate_id"),
        UniqueConstraint("id"),
        Index("ix_candidate_response_candidate", "workspace_id", "candidate_id"),
        Index("ix_candidate_response_conversation", "workspace_id", "conversation_id"),
        Index(
            "ix_candidate_response_going",
            "moved_at",
            postgresql_where="status IN ('new', 'interviewing')",
        ),
    )


class TransitionRow(Tenant, Base):
    """A step that an interview took: rows are only added."""

    __tablename__ = "interview_transition"

    response_id: Mapped[UUID]
    step: Mapped[str]
    at: Mapped[int]
    by: Mapped[str]

    __table_args__ = (
        _of_response(),
        Index("ix_interview_transition_response", "workspace_id", "response_id", "id"),
    )


class AnswerRow(Tenant, Base):
    """An answer to a question; a clarification is a second one."""

    __tablename__ = "interview_answer"

    response_id: Mapped[UUID]
    question: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str]

    __table_args__ = (
        _of_response(),
        UniqueConstraint("workspace_id", "response_id", "seq"),
    )


class DecisionRow(Tenant, Base):
    """What a person decided, and why: rows are only added. `recommended` is what stood there at that moment."""

    __tablename__ = "hiring_decision"

    response_id: Mapped[UUID]
    decision: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[UUID]
    recommended: Mapped[bool | None]

    __table_args__ = (
        _of_response(),
        Index("ix_hiring_decision_response", "workspace_id", "response_id", "id"),
    )


class ContestRow(Tenant, Base):
    """What a candidate says against a decision."""

    __tablename__ = "hiring_contest"

    response_id: Mapped[UUID]
    body: Mapped[str]

    __table_args__ = (
        _of_response(),
        Index("ix_hiring_contest_response", "workspace_id", "response_id", "id"),
    )


class HiringLetterRow(Tenant, Base):
    """A letter to a candidate that leaves at `send_at`, unless it is taken back before."""

    __tablename__ = "hiring_letter"

    response_id: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    send_at: Mapped[datetime]
    written_by: Mapped[UUID]

    __table_args__ = (
        _of_response(),
        Index("ix_hiring_letter_response", "workspace_id", "response_id", "id"),
    )


class ApplicationRow(Tenant, Base):
    """What a candidate sent with the form of the careers page: the words they agreed to, and the résumé as a file."""

    __tablename__ = "hiring_application"

    response_id: Mapped[UUID]
    consent_version: Mapped[str]
    consent_text: Mapped[str]
    file_id: Mapped[UUID | None]

    __table_args__ = (
        _of_response(),
        ForeignKeyConstraint(["workspace_id", "file_id"], ["file.workspace_id", "file.id"]),
        UniqueConstraint("workspace_id", "response_id"),
        Index("ix_hiring_application_file", "workspace_id", "file_id"),
    )


class SlotRow(Tenant, Base):
    """A time to meet that a candidate may choose; of one application at most one is taken."""

    __tablename__ = "interview_slot"

    response_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    zone: Mapped[str]
    place: Mapped[str]
    state: Mapped[str]
    offered_by: Mapped[UUID]
    changed_at: Mapped[datetime | None]

    __table_args__ = (
        _of_response(),
        Index("ix_interview_slot_response", "workspace_id", "response_id", "starts_at"),
        Index(
            "ix_interview_slot_taken",
            "workspace_id",
            "response_id",
            unique=True,
            postgresql_where="state = 'taken'",
        ),
        Index(
            "ix_interview_slot_busy",
            "workspace_id",
            "offered_by",
            "starts_at",
            postgresql_where="state = 'taken'",
        ),
    )


class HiringNoteRow(Tenant, Base):
    """What colleagues tell each other about an application."""

    __tablename__ = "hiring_note"

    response_id: Mapped[UUID]
    body: Mapped[str]
    written_by: Mapped[UUID]

    __table_args__ = (
        _of_response(),
        Index("ix_hiring_note_response", "workspace_id", "response_id", "id"),
    )
