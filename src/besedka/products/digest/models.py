"""Tables of the digest."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base


class DigestMember(Base):
    """What a member chose, and when they were last looked after. Without a `pace` the installation's holds."""

    __tablename__ = "digest_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    pace: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class DigestTold(Base):
    """How far a letter has told a member of a conversation: no message is told twice."""

    __tablename__ = "digest_told"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["digest_member.workspace_id", "digest_member.actor_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            ondelete="CASCADE",
        ),
        Index("ix_digest_told_conversation", "workspace_id", "conversation_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
