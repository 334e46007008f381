"""What the inbox's API takes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from besedka.core.pagination import MAX_LIMIT, read_moment
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import AttachmentRead, Body, Files
from besedka.kernel.conversations.types import (
    LONGEST_KEY,
    ConversationId,
    DialogState,
    DialogSummary,
)

Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]


class DialogQuery(Write):
    """Filters of the list of dialogs; `cursor` comes from the Link of the page before."""

    state: DialogState | None = None
    mine: bool = False
    label: UUID | None = None
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=100)

    @property
    def before(self) -> tuple[datetime, ConversationId] | None:
        """The last row of the page before. Raises InvalidInput."""
        if self.cursor is None:
            return None
        moment, dialog = read_moment(self.cursor, field="cursor")
        return moment, ConversationId(dialog)


def cursor_of(row: DialogSummary) -> str:
    """Return the cursor of the page after a row."""
    return f"{row.last_message_at.isoformat()}~{row.id}"


class ReplyCreate(Write):
    """A reply to a visitor, or an internal note: words, files, or both. `key` makes sending it again harmless."""

    key: Key
    attachments: Files = Field(default_factory=list)
    body: Body = ""
    visibility: Literal["public", "internal"] = "public"
    reply_seq: int | None = Field(None, ge=1, lt=2**62)
    take: bool = False
    """Take the dialog from the person who has it."""


class WaitingRead(Read):
    """How many dialogs wait for a person; nobody counts beyond a hundred."""

    count: int


class FaceRead(Read):
    """An actor as others see it."""

    id: UUID
    kind: str
    name: str


class DialogRead(Read):
    """A dialog as the list shows it."""

    id: UUID
    state: str
    epoch: int
    mod: int
    last_seq: int
    last_message_at: datetime
    preview: str
    preview_internal: bool
    contact: FaceRead | None
    assignee: FaceRead | None
    created_at: datetime
    labels: list[UUID]


class MessageRead(Read):
    """A message."""

    id: UUID
    chat: UUID
    seq: int
    mod: int
    sender: FaceRead
    kind: str
    visibility: str
    body: str
    html: str
    created_at: datetime
    attachments: list[AttachmentRead]
