"""Tables of training."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant

_NOTHING = text("'[]'::jsonb")


def _of_assistant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "assistant_id"],
        ["assistant.workspace_id", "assistant.id"],
        ondelete="CASCADE",
    )


class GapRow(Tenant, Base):
    """A group of alike questions without an answer; `stems` are those of the first one."""

    __tablename__ = "gap"

    assistant_id: Mapped[UUID]
    state: Mapped[str]
    stems: Mapped[list[Any]]
    last_asked: Mapped[datetime]
    question: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str] = mapped_column(server_default="")
    source_id: Mapped[UUID | None]

    __table_args__ = (
        _of_assistant(),
        Index("ix_gap_assistant", "workspace_id", "assistant_id", "state"),
    )


class GapQuestionRow(Tenant, Base):
    """A question of a gap; its id is the run's that did not answer it, whose words stay in the dialog alone."""

    __tablename__ = "gap_question"

    gap_id: Mapped[UUID]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "gap_id"], ["gap.workspace_id", "gap.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "id"], ["reply_run.workspace_id", "reply_run.id"], ondelete="CASCADE"
        ),
        Index("ix_gap_question_gap", "workspace_id", "gap_id", "id"),
    )


class CaseRow(Tenant, Base):
    """A test question with what is expected of its answer."""

    __tablename__ = "test_case"

    assistant_id: Mapped[UUID]
    question: Mapped[str]
    expects: Mapped[str]
    facts: Mapped[list[Any]] = mapped_column(server_default=_NOTHING)
    source: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        _of_assistant(),
        Index("ix_test_case_assistant", "workspace_id", "assistant_id", "id"),
    )


class RunRow(Tenant, Base):
    """A run of an assistant's tests; `draft` has the settings that were tested before they were published."""

    __tablename__ = "test_run"

    assistant_id: Mapped[UUID]
    state: Mapped[str]
    draft: Mapped[dict[str, Any] | None]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(server_default=text("0"))
    passed: Mapped[int] = mapped_column(server_default=text("0"))
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        _of_assistant(),
        Index("ix_test_run_assistant", "workspace_id", "assistant_id", "id"),
    )


class ResultRow(Tenant, Base):
    """What came of a case in a run; it stays when the case is changed or deleted."""

    __tablename__ = "test_result"

    run_id: Mapped[UUID]
    case_id: Mapped[UUID]
    question: Mapped[str]
    answer: Mapped[str]
    mode: Mapped[str]
    confidence: Mapped[float]
    passed: Mapped[bool]
    problems: Mapped[list[Any]] = mapped_column(server_default=_NOTHING)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["test_run.workspace_id", "test_run.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("workspace_id", "run_id", "case_id"),
    )
