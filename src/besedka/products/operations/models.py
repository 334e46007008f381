"""Tables of operations."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base


class LogLevel(Base):
    """The level that was set for all processes while they run: at most one row."""

    __tablename__ = "log_level"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[str]
    until: Mapped[datetime]
