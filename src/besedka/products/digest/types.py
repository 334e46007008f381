"""Words of the digest as types."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from besedka.core.ids import ActorId, UserId, WorkspaceId
from besedka.kernel.conversations.types import ConversationId


class Pace(StrEnum):
    """How soon a member is written to about what they missed."""

    OFF = "off"
    QUARTER = "15m"
    HOURLY = "1h"
    DAILY = "1d"

    @property
    def wait(self) -> timedelta:
        """How old the eldest missed message is before a letter leaves, and how long the next letter waits."""
        return _WAITS[self]


_WAITS = {
    Pace.OFF: timedelta.max,
    Pace.QUARTER: timedelta(minutes=15),
    Pace.HOURLY: timedelta(hours=1),
    Pace.DAILY: timedelta(days=1),
}


class Reason(StrEnum):
    """Why a message is the member's to read."""

    MENTION = "mention"
    DIRECT = "direct"
    DIALOG = "dialog"


@dataclass(frozen=True, slots=True)
class Member:
    """Who may be written to. `pace` is what they chose, None for the installation's."""

    workspace_id: WorkspaceId
    workspace_slug: str
    workspace_name: str
    actor_id: ActorId
    user_id: UserId
    email: str
    locale: str | None
    role: str
    pace: Pace | None
    sent_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """A message that a member has not read. `title` is the conversation's, often an empty one."""

    reason: Reason
    chat: ConversationId
    kind: str
    title: str
    seq: int
    sender: str
    body: str
    created_at: datetime
