"""Tables of the demo."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created


class DemoCompany(Created, Base):
    """That a workspace has the demo company's assistant, so that it is made once."""

    __tablename__ = "demo_company"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    assistant_id: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            ondelete="CASCADE",
        ),
    )
