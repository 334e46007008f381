"""Tables of mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created


class Letter(Created, Base):
    """A letter. Those about an account belong to no workspace, so only the system sees them."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_state", "state", "id", postgresql_where=text("state <> 'sent'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None]
    name: Mapped[str]
    to_address: Mapped[str]
    locale: Mapped[str]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    unsubscribe: Mapped[str | None]
    calendar: Mapped[str | None]


class MailServer(Base):
    """The installation's mail server: at most one row."""

    __tablename__ = "mail_server"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str]
    username: Mapped[str]
    password: Mapped[bytes] = mapped_column(LargeBinary)
    sender: Mapped[str]
    updated_at: Mapped[datetime]
