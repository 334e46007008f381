"""Tables of chats with models."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


def _of_conversation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "conversation_id"],
        ["conversation.workspace_id", "conversation.id"],
        ondelete="CASCADE",
    )


class AiChatRow(Base):
    """How a chat is answered, and which of its branches is shown: the one that ends with `leaf_seq`."""

    __tablename__ = "ai_chat"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(server_default="")
    instructions: Mapped[str] = mapped_column(server_default="")
    leaf_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    source: Mapped[str | None]
    """Whose chat of which other place it was, as a hash: it comes in once."""

    __table_args__ = (
        _of_conversation(),
        Index(
            "uq_ai_chat_source", "workspace_id", "source", unique=True,
            postgresql_where=text("source IS NOT NULL"),
        ),
    )  # fmt: skip


class AiTurnRow(Base):
    """A message's place among the branches of its chat: after which other one it comes (0: it is the first)."""

    __tablename__ = "ai_turn"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    parent_seq: Mapped[int] = mapped_column(BigInteger)
    is_answer: Mapped[bool]
    rating: Mapped[int | None] = mapped_column(SmallInteger)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id", "seq"],
            ["message.workspace_id", "message.conversation_id", "message.seq"],
            ondelete="CASCADE",
        ),
        Index("ix_ai_turn_parent", "workspace_id", "conversation_id", "parent_seq", "seq"),
    )


class AiShareRow(Tenant, Base):
    """A link under which anybody reads a branch as it was when the link was made, until it expires."""

    __tablename__ = "ai_share"

    conversation_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    leaf_seq: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime]

    __table_args__ = (
        _of_conversation(),
        ForeignKeyConstraint(
            ["workspace_id", "owner_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("token_hash"),
        Index("ix_ai_share_owner", "workspace_id", "owner_id", "id"),
        Index("ix_ai_share_conversation", "workspace_id", "conversation_id"),
        Index("ix_ai_share_expires", "expires_at"),
    )


class AiRunRow(Tenant, Base):
    """The making of one answer, under a lease. `partial` is what was said so far; a finished one has none."""

    __tablename__ = "ai_run"

    conversation_id: Mapped[UUID]
    question_seq: Mapped[int] = mapped_column(BigInteger)
    answer_seq: Mapped[int | None] = mapped_column(BigInteger)
    asker_id: Mapped[UUID]
    model: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    partial: Mapped[str] = mapped_column(server_default="")
    is_stopped: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its asker wants no more of it."""
    hold_id: Mapped[UUID | None]
    max_tokens: Mapped[int | None]
    failure: Mapped[str | None]
    llm_run_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
    place: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Which of the answers that are made side by side it is."""
    is_compared: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        _of_conversation(),
        ForeignKeyConstraint(["workspace_id", "asker_id"], ["actor.workspace_id", "actor.id"]),
        Index("ix_ai_run_question", "workspace_id", "conversation_id", "question_seq"),
        Index(
            "uq_ai_run_unfinished", "workspace_id", "conversation_id", "place", unique=True,
            postgresql_where=text("state IN ('queued', 'working')"),
        ),
    )  # fmt: skip


class AiPromptRow(Tenant, Base):
    """A prompt of the library; a shared one whose author is gone has none."""

    __tablename__ = "ai_prompt"

    author_id: Mapped[UUID | None]
    shared: Mapped[bool]
    name: Mapped[str]
    body: Mapped[str]
    tags: Mapped[list[Any]]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["workspace_id", "author_id"], ["actor.workspace_id", "actor.id"]),
        Index("ix_ai_prompt_author", "workspace_id", "author_id"),
    )


class AiSummaryRow(Created, Base):
    """What was said until a turn, in short, for models that have no room for all of it."""

    __tablename__ = "ai_summary"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    until_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[str]
    model: Mapped[str]
    told: Mapped[dict[str, Any]]
    """What it took and cost."""
    is_edited: Mapped[bool]
    failure: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id", "until_seq"],
            ["ai_turn.workspace_id", "ai_turn.conversation_id", "ai_turn.seq"],
            ondelete="CASCADE",
        ),
    )


class AiImportRow(Tenant, Base):
    """A file of chats from elsewhere, and what came of it. The file goes when it was read."""

    __tablename__ = "ai_import"

    actor_id: Mapped[UUID]
    file_id: Mapped[UUID | None]
    name: Mapped[str]
    state: Mapped[str]
    done_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    all_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    made: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    known: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    skipped: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    notes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    failure: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"]),
        ForeignKeyConstraint(["workspace_id", "file_id"], ["file.workspace_id", "file.id"]),
        Index("ix_ai_import_actor", "workspace_id", "actor_id", "id"),
    )
