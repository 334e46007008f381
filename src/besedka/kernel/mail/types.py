"""Letters, their states, and the mail server."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

LetterId = NewType("LetterId", UUID)


class LetterState(StrEnum):
    """Where a letter is. One in the outbox waits for a mail server to be set."""

    QUEUED = "queued"
    OUTBOX = "outbox"
    SENT = "sent"
    FAILED = "failed"


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Whom to hand letters to. The password is empty in what pages get."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A letter's words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter. Once it was sent only its subject is kept: texts hold one-time links."""

    id: LetterId
    name: str
    to: str
    locale: str
    written: Written
    state: LetterState
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    unsubscribe: str | None = None
    """Where the reader stops letters of this kind: by one click (RFC 8058)."""
    calendar: str | None = None
    """An appointment (iCalendar, RFC 5545) that goes with it as a file."""
