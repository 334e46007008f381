"""What the inbox's API takes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_KEY

Body = Annotated[str, Field(min_length=1, max_length=LONGEST_BODY)]
Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]


class ReplyCreate(Write):
    """A reply to a visitor, or an internal note. `key` makes sending it again harmless."""

    key: Key
    body: Body
    visibility: Literal["public", "internal"] = "public"
    take: bool = False
    """Take the dialog from the person who has it."""


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
    contact: FaceRead | None
    assignee: FaceRead | None
    created_at: datetime


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
