"""What the inbox's API takes."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from besedka.core.errors import InvalidInput
from besedka.core.ids import ActorId
from besedka.core.pagination import MAX_LIMIT, read_moment
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.schemas import AttachmentRead, Body, Files
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_KEY,
    LONGEST_QUERY,
    LONGEST_TEAM,
    ConversationId,
    DialogCursor,
    DialogSort,
    DialogState,
    DialogSummary,
    Priority,
    Snooze,
    TeamMode,
)
from besedka.products.inbox.types import (
    LONGEST_VIEW,
    MOST_BULK,
    MOST_CAPACITY,
    BulkAction,
)

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""In the orders of waiting and of what is due: who does not wait, and what is not due, comes last."""

Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]


class DialogFilters(Write):
    """Which dialogs are wanted, and in which order. Without `state`: all that are not resolved."""

    state: DialogState | None = None
    mine: bool = False
    unassigned: bool = False
    assignee: ActorId | None = None
    team: UUID | None = None
    label: UUID | None = None
    priority: Priority | None = None
    channel: str | None = Field(None, max_length=40)
    q: str = Field("", max_length=LONGEST_QUERY)
    """Words of messages, or a part of a contact's name, address or telephone."""
    sort: DialogSort = DialogSort.NEWEST
    """Resolved dialogs wait for nothing: among these WAITING and DUE are NEWEST."""

    @property
    def order(self) -> DialogSort:
        """The order in which the list really is."""
        waits = self.sort in (DialogSort.WAITING, DialogSort.DUE)
        return DialogSort.NEWEST if waits and self.state is DialogState.RESOLVED else self.sort


class DialogQuery(DialogFilters):
    """Filters of the list of dialogs; `cursor` comes from the Link of the page before."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=120)

    @property
    def before(self) -> DialogCursor | None:
        """The last row of the page before. Raises InvalidInput."""
        if self.cursor is None:
            return None
        rank, _, rest = self.cursor.rpartition("!")
        moment, dialog = read_moment(rest, field="cursor")
        try:
            priority = Priority(rank) if rank else None
        except ValueError as error:
            raise InvalidInput(field="cursor") from error
        return DialogCursor(moment, ConversationId(dialog), priority)


def cursor_of(row: DialogSummary, sort: DialogSort) -> str:
    """Return the cursor of the page after a row."""
    if sort in (DialogSort.WAITING, DialogSort.DUE):
        moment = row.waiting_since if sort is DialogSort.WAITING else row.due_at
        return f"{(moment or NEVER).isoformat()}~{row.id}"
    rank = f"{row.priority}!" if sort is DialogSort.PRIORITY else ""
    return f"{rank}{row.last_message_at.isoformat()}~{row.id}"


class Move(Write):
    """A change of who has a dialog. With `epoch` it is refused when somebody has moved the dialog since."""

    epoch: int | None = Field(None, ge=0, lt=2**31)


class SnoozeCreate(Move):
    """Until when a dialog is put off: a moment, or a choice in the zone of the person (`Europe/Moscow`)."""

    until: AwareDatetime | None = None
    choice: Snooze | None = None
    zone: str = Field("", max_length=60)


class TransferCreate(Move):
    """Whom a dialog is handed to: a person, a team's queue, or a person of a team; the note is for colleagues only."""

    assignee: ActorId | None = None
    team: UUID | None = None
    note: str = Field("", max_length=LONGEST_BODY)


class DialogUpdate(Write):
    """What changes of a dialog without moving it."""

    priority: Priority


class DialogCreate(Write):
    """The first message to a known contact."""

    contact: ActorId
    body: Annotated[str, Field(min_length=1, max_length=LONGEST_BODY)]


class BulkCreate(Write):
    """An action on many dialogs: those with these ids, or all that the filters choose, 500 at most."""

    ids: list[ConversationId] = Field(default_factory=list, max_length=MOST_BULK)
    filter: DialogFilters | None = None
    action: BulkAction
    assignee: ActorId | None = None
    team: UUID | None = None
    label: UUID | None = None
    priority: Priority | None = None
    until: AwareDatetime | None = None


class RefusalRead(Read):
    """A dialog that was not changed, and why: an error's code."""

    id: UUID
    code: str


class BulkRead(Read):
    """How many dialogs were changed, and which were not."""

    changed: int
    refused: int
    refusals: list[RefusalRead]


TeamName = Annotated[str, Field(min_length=1, max_length=LONGEST_TEAM)]


class TeamCreate(Write):
    """A team. `is_default`: dialogs of no team come here."""

    name: TeamName
    mode: TeamMode = TeamMode.MANUAL
    is_default: bool = False
    members: list[ActorId] = Field(default_factory=list, max_length=500)


class TeamUpdate(Write):
    """What changes of a team."""

    name: TeamName | None = None
    mode: TeamMode | None = None
    is_default: bool | None = None
    members: list[ActorId] | None = Field(None, max_length=500)


class TeamRead(Read):
    """A team."""

    id: UUID
    name: str
    mode: TeamMode
    is_default: bool
    members: list[UUID]


class OperatorUpdate(Write):
    """Whether somebody wants new dialogs, and how many open ones they take."""

    is_away: bool | None = None
    capacity: int | None = Field(None, ge=1, le=MOST_CAPACITY)


class OperatorRead(Read):
    """Somebody who answers visitors; `load` counts their open dialogs."""

    actor_id: UUID
    name: str
    is_away: bool
    is_online: bool
    capacity: int
    load: int


class ViewCreate(Write):
    """A saved view: filters and an order under a name, for oneself or for all."""

    name: str = Field(min_length=1, max_length=LONGEST_VIEW)
    is_shared: bool = False
    query: DialogFilters


class ViewRead(Read):
    """A saved view. `mine`: the caller made it."""

    id: UUID
    name: str
    is_shared: bool
    mine: bool
    query: dict[str, JsonValue]


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
    team_id: UUID | None
    priority: Priority
    snoozed_until: datetime | None
    waiting_since: datetime | None
    due_at: datetime | None


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
