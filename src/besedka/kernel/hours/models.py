"""Tables of hours."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class ScheduleRow(Tenant, Base):
    """When people work: `week` holds lists of [from, to] minutes, Monday first; `holidays` pairs of a day and its name."""

    __tablename__ = "hours_schedule"

    name: Mapped[str]
    zone: Mapped[str]
    week: Mapped[list[Any]]
    holidays: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index(
            "uq_hours_schedule_default", "workspace_id", unique=True,
            postgresql_where=text("is_default"),
        ),
    )  # fmt: skip
