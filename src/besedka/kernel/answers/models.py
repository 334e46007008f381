"""Tables of assistants, their prompts' history and their runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


class AssistantRow(Tenant, Base):
    """An assistant; its id is its actor's."""

    __tablename__ = "assistant"

    name: Mapped[str]
    greeting: Mapped[dict[str, Any]]
    instructions: Mapped[str]
    tone: Mapped[str]
    length: Mapped[str]
    model: Mapped[str]
    temperature: Mapped[float | None]
    threshold: Mapped[float]
    collection_id: Mapped[UUID]
    handoff_keywords: Mapped[list[Any]]
    prompt_version_id: Mapped[UUID]
    guidelines: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    guardrails: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    draft: Mapped[dict[str, Any] | None]
    """Settings that wait to be published."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]
    """Since when it answers nobody."""
    deleted_at: Mapped[datetime | None]
    """Since when it lies in the trash."""

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "id"], ["actor.workspace_id", "actor.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "collection_id"], ["collection.workspace_id", "collection.id"]
        ),
        Index(
            "ix_assistant_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")
        ),
    )


class AssistantCollectionRow(Created, Base):
    """A collection that an assistant answers from beside its own."""

    __tablename__ = "assistant_collection"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    assistant_id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            ondelete="CASCADE",
        ),
        Index("ix_assistant_collection_collection", "workspace_id", "collection_id"),
    )


class PromptVersionRow(Tenant, Base):
    """What an assistant's instructions and other settings were from some moment on."""

    __tablename__ = "prompt_version"

    assistant_id: Mapped[UUID]
    number: Mapped[int]
    instructions: Mapped[str]
    author_id: Mapped[UUID | None]
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """All that a version has besides; empty for versions of an older Besedka."""

    __table_args__ = (UniqueConstraint("workspace_id", "assistant_id", "number"),)


class ReplyRunRow(Tenant, Base):
    """One reply to one question."""

    __tablename__ = "reply_run"

    conversation_id: Mapped[UUID]
    question_seq: Mapped[int]
    assistant_id: Mapped[UUID]
    epoch: Mapped[int]
    state: Mapped[str]
    mode: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    confidence: Mapped[float | None]
    passages: Mapped[list[Any] | None]
    llm_run_id: Mapped[UUID | None]
    prompt_version_id: Mapped[UUID | None]
    failure: Mapped[str | None]
    threshold: Mapped[float | None]
    scores: Mapped[list[Any] | None]
    guarded: Mapped[list[Any] | None]
    correction_id: Mapped[UUID | None]
    """The question–answer pair that was made to correct it; it may be deleted since."""
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "conversation_id", "question_seq"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            ondelete="CASCADE",
        ),
        Index(
            "ix_reply_run_unfinished",
            "lease_until",
            postgresql_where=text("state IN ('queued', 'working')"),
        ),
        Index("ix_reply_run_assistant", "workspace_id", "assistant_id", "id"),
    )
