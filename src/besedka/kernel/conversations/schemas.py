"""Bodies that come in and go out."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_KEY,
    LONGEST_TITLE,
    Visibility,
)

Title = Annotated[str, Field(max_length=LONGEST_TITLE)]
Tag = Annotated[str, Field(min_length=1, max_length=60)]
Tags = Annotated[list[Tag], Field(max_length=20)]
Members = Annotated[list[UUID], Field(max_length=200)]


class ChatCreate(Write):
    """A new chat. With a title only it is a chat with the AI."""

    title: Title = ""
    kind: Literal["ai", "group", "direct"] = "ai"
    members: Members = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)


class ChatUpdate(Write):
    """What may change of a chat; what is left out stays."""

    title: Title | None = None
    tags: Tags | None = None
    is_favorite: bool | None = None


class MessageCreate(Write):
    """A message to post. The same `key` with the same text again gives the first message back."""

    body: str = Field(min_length=1, max_length=LONGEST_BODY)
    key: str | None = Field(None, min_length=1, max_length=LONGEST_KEY)
    visibility: Visibility = Visibility.PUBLIC
    reply_seq: int | None = Field(None, ge=1, lt=2**62)

    @model_validator(mode="before")
    @classmethod
    def _content_is_body(cls, given: object) -> object:
        """Some clients call the text `content`."""
        if isinstance(given, dict) and "content" in given and "body" not in given:
            return {**{k: v for k, v in given.items() if k != "content"}, "body": given["content"]}
        return given


class ThreadMessageCreate(Write):
    """An answer in a thread, which is as public as the message that the thread begins with."""

    body: str = Field(min_length=1, max_length=LONGEST_BODY)
    key: str | None = Field(None, min_length=1, max_length=LONGEST_KEY)
    reply_seq: int | None = Field(None, ge=1, lt=2**62)


class MessageUpdate(Write):
    """Other words for a message. With `mod` they are taken only if that is still its version."""

    body: str = Field(min_length=1, max_length=LONGEST_BODY)
    mod: int | None = Field(None, ge=1, lt=2**62)


class ReadUpdate(Write):
    """How far a chat was read."""

    seq: int = Field(ge=0, lt=2**62)


class UnreadUpdate(Write):
    """From which message on a chat is unread again."""

    seq: int = Field(ge=1, lt=2**62)


class MemberAdd(Write):
    """Who is to come in."""

    actor_id: UUID


class FaceRead(Read):
    """An actor as others see it."""

    id: UUID
    kind: str
    name: str


class ChatRead(Read):
    """A chat in its reader's list."""

    id: UUID
    kind: str
    title: str
    state: str | None
    assignee: FaceRead | None
    epoch: int
    mod: int
    last_seq: int
    last_message_at: datetime | None
    preview: str
    created_at: datetime
    tags: list[str]
    is_favorite: bool
    read_seq: int
    unread: int


class QuoteRead(Read):
    """What a message replies to, in short; without words when it is deleted. It is part of the reply."""

    seq: int
    sender: FaceRead
    body: str


class ReactionRead(Read):
    """How many reacted so; the first of them by name."""

    emoji: str
    count: int
    actors: list[UUID]


class ThreadRead(Read):
    """How much was answered in a thread."""

    count: int
    last_seq: int
    last_at: datetime


class MessageRead(Read):
    """A message. `html` is safe to show as it is."""

    id: UUID
    seq: int
    mod: int
    chat: UUID
    sender: FaceRead
    kind: str
    visibility: str
    body: str
    html: str
    meta: dict[str, JsonValue]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    pinned_at: datetime | None
    reply_seq: int | None
    reply: QuoteRead | None
    reactions: list[ReactionRead]
    thread_root_seq: int | None
    thread: ThreadRead | None


class MentionRead(Read):
    """A message that names me, and when I have read it."""

    message: MessageRead
    mentioned_at: datetime
    read_at: datetime | None


class RevisionRead(Read):
    """What a message said before an edit. `html` is safe to show as it is."""

    number: int
    body: str
    html: str
    written_at: datetime


class ReadState(Read):
    """How far the chat is read now."""

    seq: int


class MemberRead(FaceRead):
    """A participant."""

    role: str
    read_seq: int
    delivered_seq: int
    joined_at: datetime
