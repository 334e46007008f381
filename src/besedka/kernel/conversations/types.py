"""Words of the module as types."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol, Self, TypeAlias
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId

ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)

LONGEST_BODY = 20_000
"""Characters of a message."""
LONGEST_KEY = 200
LONGEST_TITLE = 200
LONGEST_QUERY = 200
"""Characters of what is searched for."""
PREVIEW_CHARACTERS = 140
STAFF_READS = "inbox.read"
"""The permission to read all dialogs of a workspace."""
STAFF_WRITES = "inbox.reply"
"""The permission to write in dialogs and to change their state."""
MODERATES = "chats.moderate"
"""The permission to delete what others wrote."""
MOST_REVISIONS = 100
"""How often a message may be changed."""
MOST_EMOJI = 12
"""Different reactions to one message."""
MOST_REACTORS = 50
"""Actors that are named under one reaction; the others are only counted."""
MOST_MENTIONS = 50
"""People whom one message can name."""
MOST_PINS = 50
"""Pinned messages of a conversation."""
MOST_LABELS = 200
"""Labels of a workspace."""
MOST_LABELS_OF_CHAT = 20
MOST_LINKS = 50
"""Things that a conversation is linked to."""
LONGEST_LABEL = 40
MOST_FOLDERS = 100
"""Folders of one person."""
LONGEST_FOLDER = 60
TEMPORARY_LASTS = timedelta(hours=2)
"""How long after its last question a temporary chat is kept."""
MOST_TEAMS = 100
"""Teams of a workspace."""
LONGEST_TEAM = 80
LONGEST_NOTE = 5000
"""Characters of what is written down about a contact."""
MOST_ATTACHMENTS = 10
"""Files of a message."""
CLIP = "📎"
"""What stands before a file's name where a message without words is shown in short."""


class Kind(StrEnum):
    """What a conversation is."""

    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"
    AI = "ai"
    DIALOG = "dialog"
    INTERVIEW = "interview"
    SUPPORT = "support"


CHATS = (Kind.DIRECT, Kind.GROUP, Kind.CHANNEL, Kind.AI, Kind.SUPPORT)
"""What a person's own list of chats holds; dialogs and interviews have lists of their own."""


class DialogState(StrEnum):
    """Who a dialog waits for. `pending`: the assistant has it; `open`: it needs a person."""

    PENDING = "pending"
    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Priority(StrEnum):
    """How soon a dialog wants to be looked at."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


PRIORITIES = tuple(Priority)
"""From the least to the most urgent: the table holds the place."""


class DialogSort(StrEnum):
    """In which order dialogs are listed: the newest message first, who waits longest first, the most urgent first.

    `due`: what is about to be missed, and what was, first.
    """

    NEWEST = "newest"
    WAITING = "waiting"
    PRIORITY = "priority"
    DUE = "due"


class Snooze(StrEnum):
    """Until when a dialog is put off, in the zone of the person: an hour on, tomorrow at nine, Monday at nine."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


class TeamMode(StrEnum):
    """How a dialog of a team gets its person: nobody is chosen, the next one in turn, the one with the least to do."""

    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"
    LOAD = "load"


class Place(StrEnum):
    """Where a chat lies in somebody's list: among the others, put away, or waiting to be deleted."""

    ACTIVE = "active"
    ARCHIVE = "archive"
    TRASH = "trash"


class Visibility(StrEnum):
    """Who sees a message: everybody, or the workspace's own people only."""

    PUBLIC = "public"
    INTERNAL = "internal"


class MessageKind(StrEnum):
    """What a message is: somebody's words, or a notice of what happened."""

    TEXT = "text"
    SYSTEM = "system"


class ParticipantRole(StrEnum):
    """What a participant is in a conversation."""

    OWNER = "owner"
    MEMBER = "member"
    CONTACT = "contact"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Face:
    """An actor as others see it; `kind` is one of accounts' ActorKind."""

    id: ActorId
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation and its counters."""

    workspace_id: WorkspaceId
    id: ConversationId
    kind: Kind
    title: str
    state: str | None
    assignee_id: ActorId | None
    epoch: int
    members_epoch: int
    last_seq: int
    last_public_seq: int
    mod: int
    last_message_at: datetime | None
    preview: str
    public_preview: str
    meta: Mapping[str, JsonValue]
    created_at: datetime
    labels: tuple[UUID, ...] = ()
    team_id: UUID | None = None
    priority: Priority = Priority.NORMAL
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who share a queue of dialogs. `is_default`: dialogs of no team come here."""

    id: UUID
    name: str
    mode: TeamMode
    is_default: bool
    members: tuple[ActorId, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A word of the workspace's own for conversations."""

    id: UUID
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A place of somebody's own for some of their chats, and how many are in it."""

    id: UUID
    name: str
    chats: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """Something of a product that a conversation is about."""

    entity_type: str
    entity_id: UUID
    linked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An actor in a conversation."""

    actor: Face
    role: str
    read_seq: int
    delivered_seq: int
    visible_from_seq: int
    left_seq: int | None
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """What somebody may see of a conversation: from a place on, and whether internal notes too."""

    actor_id: ActorId
    internal: bool
    from_seq: int = 0


EVERYTHING = Viewer(actor_id=ActorId(UUID(int=0)), internal=True)
"""The server's own view."""


@dataclass(slots=True, kw_only=True)
class Message:
    """A message at its place. `duplicate` says that an earlier request had stored it already."""

    workspace_id: WorkspaceId
    conversation_id: ConversationId
    seq: int
    id: MessageId
    mod: int
    sender: Face
    client_key: str
    reply_seq: int | None
    kind: str
    visibility: str
    body: str
    meta: str
    """JSON, as it is stored."""
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    is_changed: bool = False
    """Whether it is not any more as it was posted, be it only for a reaction."""
    pinned_at: datetime | None = None
    quote: str | None = None
    """The message that this one replies to, in short: JSON, as it is stored."""
    reactions: str | None = None
    """JSON, as it is stored."""
    thread_root_seq: int | None = None
    thread: str | None = None
    """What has been answered in the thread that begins here: JSON, as it is stored."""
    attachments: str | None = None
    """Its files as they are shown: JSON, as it is stored."""
    duplicate: bool = False
    spelled: str | None = None
    """The message as JSON, once somebody has asked for it."""


Repoint: TypeAlias = Callable[[TenantConn, ActorId, ActorId], Awaitable[Sequence[UUID]]]
"""Lets what a module keeps of a contact, the second one, belong to the first, in the transaction that merges them.

Returns the ids of what went over, which are given back when the two are taken apart again.
"""
GiveBack: TypeAlias = Callable[[TenantConn, ActorId, Sequence[UUID]], Awaitable[None]]
"""Lets those of these ids that a module knows belong to a contact again, in the transaction that takes it out of another."""
ForgetContacts: TypeAlias = Callable[[TenantConn, Sequence[ActorId]], Awaitable[None]]
"""Forgets what a module keeps of contacts, in the transaction that erases them."""
Companion: TypeAlias = Callable[[TenantConn, Message], Awaitable[None]]
"""Writes more in the transaction that stores a message. If it raises, the message is not stored."""


class SharedCompanion(ABC):
    """A companion that can write for messages of many conversations at once: they then share a transaction.

    It must do for several what it does for one, and lock nothing but rows of these conversations. If it raises, each
    message is tried again by itself.
    """

    __slots__ = ()

    @classmethod
    @abstractmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Write what belongs to messages, each with the companion that it brought along."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """Files that go with a message: which, in their order, and how they are shown (JSON)."""

    files: tuple[UUID, ...]
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that somebody wants to send.

    `expected_epoch`: refuse it when a person took over meanwhile. `staff`: the sender has STAFF_WRITES, so may write in
    dialogs without being a participant. `as_member=False`: the caller has authorised the sender altogether (the
    assistant, the system). `thread_root_seq`: the caller has looked that the sender sees this message, that it begins a
    thread, and that it is as public as this one. `files` are uploads of the sender's own; `attachments` are found by `post`.
    """

    workspace_id: WorkspaceId
    conversation_id: ConversationId
    sender_id: ActorId
    client_key: str
    body: str
    visibility: Visibility = Visibility.PUBLIC
    kind: MessageKind = MessageKind.TEXT
    meta: Mapping[str, JsonValue] = field(default_factory=dict)
    reply_seq: int | None = None
    thread_root_seq: int | None = None
    files: tuple[UUID, ...] = ()
    attachments: Attachments | None = None
    expected_epoch: int | None = None
    companion: Companion | SharedCompanion | None = None
    staff: bool = False
    as_member: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEntry:
    """A conversation in somebody's list: how far they have read it, whether they marked it."""

    conversation: Conversation
    assignee: Face | None
    role: str
    read_seq: int
    delivered_seq: int
    visible_from_seq: int
    is_favorite: bool
    is_archived: bool = False
    trashed_at: datetime | None = None
    folder_id: UUID | None = None
    expires_at: datetime | None = None
    """Until when it is kept, if it is a temporary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFilter:
    """Which chats of somebody's list are wanted.

    With `text` only those whose title has it, or that are among `found`, which their messages were found by.
    """

    kinds: Collection[Kind]
    place: Place
    label: UUID | None = None
    folder: UUID | None = None
    tag: str | None = None
    favorite: bool | None = None
    text: str = ""
    found: Collection[ConversationId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person outside the workspace; `id` is the actor's."""

    id: ActorId
    name: str
    email: str | None
    phone: str | None
    locale: str | None
    meta: Mapping[str, JsonValue]
    created_at: datetime
    note: str = ""
    """What people inside have written down."""
    blocked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """A contact who may be the same person: they have the same e-mail address or telephone, which nobody has verified."""

    contact: Contact
    by: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A contact that turned out to be another one, as it was, and until when that can be undone."""

    contact: Contact
    merged_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """What is to change of a contact; None leaves it, no e-mail address or telephone is "", `meta` is merged."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    note: str | None = None
    meta: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactIdentity:
    """How a contact is known: in a channel, under an id of that channel; `verified` if the channel vouches for it."""

    channel: str
    external_id: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogSummary:
    """A dialog in the inbox."""

    id: ConversationId
    state: str
    epoch: int
    mod: int
    last_seq: int
    last_message_at: datetime
    preview: str
    preview_internal: bool
    """Whether the last message is one that the contact doesn't see."""
    contact: Face | None
    assignee: Face | None
    meta: Mapping[str, JsonValue]
    created_at: datetime
    labels: tuple[UUID, ...] = ()
    team_id: UUID | None = None
    priority: Priority = Priority.NORMAL
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DialogCursor:
    """The last row of a page of dialogs: the moment it was sorted by, and with DialogSort.PRIORITY its priority."""

    moment: datetime
    id: ConversationId
    priority: Priority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogFilter:
    """Which dialogs of the inbox are wanted, and in which order; `before` is the last row of the page before.

    With `text` only those are wanted that were found by it: dialogs by their messages (`found`), contacts by their names and
    addresses (`people`).
    """

    states: tuple[str, ...]
    assignee: ActorId | None = None
    unassigned: bool = False
    team: UUID | None = None
    contact: ActorId | None = None
    label: UUID | None = None
    priority: Priority | None = None
    channel: str | None = None
    text: str = ""
    found: tuple[ConversationId, ...] = ()
    people: tuple[ActorId, ...] = ()
    sort: DialogSort = DialogSort.NEWEST
    before: DialogCursor | None = None


@dataclass(frozen=True, slots=True)
class PastDialog:
    """One of a contact's dialogs, in short."""

    id: ConversationId
    state: str
    channel: str
    preview: str
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What a message said before an edit; number 1 is what was sent."""

    number: int
    body: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that names somebody, and when they have read it."""

    message: Message
    mentioned_at: datetime
    read_at: datetime | None
    chat_kind: Kind


class Caller(Protocol):
    """Somebody inside who asks for something: a request's identity, or a socket's principal."""

    @property
    def actor_id(self) -> ActorId:
        """The actor that they are in this workspace."""

    def may(self, permission: str) -> bool:
        """Whether their role has a permission."""


class Unset:
    """The mark of an argument that was not given."""


UNSET = Unset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogChange:
    """What changes of who has a dialog: None of `state` leaves it. `snoozed_until` belongs to a snoozed one."""

    state: DialogState | None = None
    assignee_id: ActorId | Unset | None = UNSET
    team_id: UUID | Unset | None = UNSET
    snoozed_until: datetime | None = None
    bump_epoch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A message that somebody wants to change, and the place that they have in its conversation."""

    message: Message
    chat_kind: Kind
    role: str | None
    """None for those who take no part."""
    visible_from_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that was said elsewhere, when it was; `meta` is JSON."""

    id: MessageId
    sender_id: ActorId
    body: str
    meta: str = "{}"
    created_at: datetime
