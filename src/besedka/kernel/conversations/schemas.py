"""Bodies that come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from besedka.core.pagination import MAX_LIMIT
from besedka.core.schemas import Read, Write, problems
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_FOLDER,
    LONGEST_KEY,
    LONGEST_LABEL,
    LONGEST_NOTE,
    LONGEST_QUERY,
    LONGEST_TITLE,
    MOST_ATTACHMENTS,
    Kind,
    Place,
    Visibility,
)
from besedka.kernel.files.types import VariantName

Title = Annotated[str, Field(max_length=LONGEST_TITLE)]
Tag = Annotated[str, Field(min_length=1, max_length=60)]
Tags = Annotated[list[Tag], Field(max_length=20)]
FolderName = Annotated[str, Field(min_length=1, max_length=LONGEST_FOLDER)]
Members = Annotated[list[UUID], Field(max_length=200)]


class ChatCreate(Write):
    """A new chat. With a title only it is a chat with the AI; `temporary`: one that no list has and that is not kept."""

    title: Title = ""
    kind: Literal["ai", "group", "direct"] = "ai"
    members: Members = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)
    temporary: bool = False


class ChatUpdate(Write):
    """What may change of a chat; what is left out stays."""

    title: Title | None = None
    tags: Tags | None = None
    is_favorite: bool | None = None
    is_archived: bool | None = None
    folder_id: UUID | None = Field(
        None, description="A folder of mine; null takes it out of its folder."
    )


class ChatQuery(Write):
    """Which of my chats are wanted."""

    kind: list[Kind] | None = Field(None, description="Kinds that are wanted.")
    place: Place = Field(Place.ACTIVE, description="Among the others, put away, or in the trash.")
    q: str = Field("", max_length=LONGEST_QUERY, description="Words of the title or of messages.")
    tag: Tag | None = None
    favorite: bool | None = None
    label: UUID | None = Field(None, description="A label that they have.")
    folder: UUID | None = Field(None, description="A folder of mine that they lie in.")
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    before: str | None = Field(None, max_length=80)


Files = Annotated[
    list[UUID],
    Field(max_length=MOST_ATTACHMENTS, description="Uploads of my own, in the order in which they are shown."),
]  # fmt: skip


def _says_something(body: str, info: ValidationInfo) -> str:
    if not body and not info.data.get("attachments"):
        raise PydanticCustomError(
            "string_too_short", "words or files are needed", {"min_length": 1}
        )
    return body


Says = AfterValidator(_says_something)
"""Makes a body that defaults to none be there unless the field before it, `attachments`, is."""
Body = Annotated[str, Field(max_length=LONGEST_BODY, validate_default=True), Says]


class MessageCreate(Write):
    """A message to post: words, files, or both. The same `key` with the same again gives the first message back."""

    attachments: Files = Field(default_factory=list)
    body: Body = ""
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

    attachments: Files = Field(default_factory=list)
    body: Body = ""
    key: str | None = Field(None, min_length=1, max_length=LONGEST_KEY)
    reply_seq: int | None = Field(None, ge=1, lt=2**62)


class MessageUpdate(Write):
    """Other words for a message, none if it has files. With `mod` they are taken only if that is still its version."""

    body: str = Field(max_length=LONGEST_BODY)
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


LabelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LABEL)]  # fmt: skip
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", description="Such as #2f855a.")]


class FolderWrite(Write):
    """A folder's name."""

    name: FolderName


class FolderRead(Read):
    """A folder of mine, and how many chats lie in it, those in the trash not counted."""

    id: UUID
    name: str
    chats: int


class LabelCreate(Write):
    """A new label."""

    name: LabelName
    colour: Colour = "#64748b"


class LabelUpdate(Write):
    """What may change of a label; what is left out stays."""

    name: LabelName | None = None
    colour: Colour | None = None


class LabelRead(Read):
    """A label."""

    id: UUID
    name: str
    colour: str


class LinkRead(Read):
    """Something of a product that a chat is about."""

    entity_type: str
    entity_id: UUID
    title: str
    linked_at: datetime


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
    labels: list[UUID]
    tags: list[str]
    is_favorite: bool
    is_archived: bool
    folder_id: UUID | None
    expires_at: datetime | None
    trashed_at: datetime | None
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


class AttachmentRead(Read):
    """A file of a message; `GET /messages/{message}/attachments/{id}` gives its bytes, with `?variant=` a smaller copy.

    `placeholder` is a picture's blurred look (ThumbHash, in base64).
    """

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    placeholder: str | None
    duration_ms: int | None
    variants: list[VariantName]


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
    attachments: list[AttachmentRead]


class MentionRead(Read):
    """A message that names me, and when I have read it."""

    message: MessageRead
    mentioned_at: datetime
    read_at: datetime | None


class SearchQuery(Write):
    """What to search for: words, a "phrase" in quotes, and the beginning of a word as the last one; none with `has`."""

    q: str = Field("", max_length=LONGEST_QUERY)
    has: Literal["attachment"] | None = Field(None, description="Only messages with files.")
    chat: UUID | None = None
    kind: Kind | None = Field(None, description="Only in chats of this kind.")
    sender: UUID | None = Field(None, description="Only what this actor wrote.")
    since: AwareDatetime | None = Field(None, alias="from", description="Not before.")
    until: AwareDatetime | None = Field(None, alias="to", description="Before.")
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    before: UUID | None = Field(None, description="The last message of the page before.")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.q and self.has is None:
            raise ValueError("q or has is needed")
        return self


class FoundChatRead(Read):
    """The chat that a message was found in; a dialog is called by its contact."""

    id: UUID
    kind: str
    title: str


class FoundRead(Read):
    """A message that was found. `marks` are the places of the words in `snippet`, from and to, in characters (code points)."""

    message: MessageRead
    chat: FoundChatRead
    snippet: str
    marks: list[tuple[int, int]]


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


class ContactQuery(Write):
    """Which contacts are wanted; `before` is the last one of the page before.

    `q` is a part of the name, the e-mail address or the telephone, or several of them; the newest that have it are one page.
    """

    q: str = Field("", max_length=LONGEST_QUERY)
    email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    before: UUID | None = None
    limit: int = Field(50, ge=1, le=MAX_LIMIT)


class ContactRead(Read):
    """A person outside."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    locale: str | None
    created_at: datetime
    note: str
    blocked_at: datetime | None


class ContactUpdate(Write):
    """What may change of a contact; what is left out stays, and "" is no e-mail address or telephone.

    What is typed here is not verified: it only suggests who may be the same person.
    """

    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")
    phone: str | None = Field(None, max_length=40, pattern=r"^[-+() ./0-9]*$")
    note: str | None = Field(None, max_length=LONGEST_NOTE)


class PastDialogRead(Read):
    """One of a contact's dialogs, in short."""

    id: UUID
    state: str
    channel: str
    preview: str
    last_message_at: datetime


class IdentityRead(Read):
    """How a contact is known: in a channel, under an id there; `verified` if the channel vouches for it."""

    channel: str
    external_id: str
    verified: bool


class AlikeRead(Read):
    """Somebody who may be the same person: `by` says what they have in common, which nobody has verified."""

    contact: ContactRead
    by: str


class MergedRead(Read):
    """A contact that was merged into this one, as it was; until `until` that can be undone."""

    contact: ContactRead
    merged_at: datetime
    until: datetime


class ContactCardRead(ContactRead):
    """A contact with what is known of it, who may be the same person, and who was merged into it of late."""

    identities: list[IdentityRead]
    suggestions: list[AlikeRead]
    merged: list[MergedRead]


class ContactMerge(Write):
    """Who turns out to be this contact: the other one goes into it."""

    contact: UUID


POSTED: dict[int | str, dict[str, Any]] = {
    200: {"model": MessageRead, "description": "It had been posted with this key before"},
    **problems(401, 404, 409, 422, 503),
}
"""What posting a message is answered with besides 201."""
