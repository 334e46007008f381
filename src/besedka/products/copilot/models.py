"""The table of summaries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base


class CopilotSummary(Base):
    """The summary of a dialog up to a message; `mod` is the dialog's counter of changes at that time."""

    __tablename__ = "copilot_summary"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            ondelete="CASCADE",
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[str]
    locale: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    mod: Mapped[int] = mapped_column(BigInteger)
    llm_run_id: Mapped[UUID | None]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
