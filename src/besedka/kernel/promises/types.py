"""Words of the module as types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId, Priority

PolicyId = NewType("PolicyId", UUID)

MOST_POLICIES = 30
LONGEST_NAME = 80
LONGEST_COMMENT = 1000
LONGEST_TARGET = 366 * 24 * 60
"""Minutes of a promise."""
CHANGEABLE = timedelta(hours=24)
"""For how long a rating may be changed after it was given."""
RATEABLE = timedelta(days=14)
"""For how long after a resolution a rating may be given."""
PROMISES_MANAGE = "promises.manage"
"""The permission to set schedules and policies."""


class Promise(StrEnum):
    """What is promised."""

    FIRST = "first"
    REPLY = "reply"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """What is promised, as somebody wants it; times in minutes, None promises nothing."""

    name: str
    enabled: bool = False
    label_id: UUID | None = None
    """Dialogs with this label only."""
    priority: Priority | None = None
    """Dialogs of this priority only."""
    first: int | None = None
    reply: int | None = None
    resolution: int | None = None
    warning: int = 5
    """Minutes before a due moment at which people are warned."""
    by_hours: bool = True
    """Only the hours of a schedule count."""
    schedule_id: UUID | None = None
    """None: the workspace's default schedule."""


DEFAULT_POLICY = PolicyDraft(name="", first=15, reply=30, resolution=24 * 60)
"""What the policy for all other dialogs says until somebody changes it: it is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(PolicyDraft):
    """A policy; the default one holds for dialogs that no other fits, and may not be stored yet."""

    id: PolicyId | None
    is_default: bool = False

    def target(self, promise: Promise) -> timedelta | None:
        """Return the time that is promised."""
        minutes: Mapping[Promise, int | None] = {
            Promise.FIRST: self.first, Promise.REPLY: self.reply, Promise.RESOLUTION: self.resolution,
        }  # fmt: skip
        found = minutes[promise]
        return None if found is None else timedelta(minutes=found)


class Edge(StrEnum):
    """What is noticed of a clock."""

    WARNED = "warned"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise that is owed since a moment.

    `used` seconds of its time were gone at `running_from`; a paused clock does not run, so nothing of it is due. `told`
    is the last edge that was noticed.
    """

    since: datetime
    used: float = 0.0
    running_from: datetime | None = None
    due: datetime | None = None
    warn_at: datetime | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The next due moment of a dialog."""

    chat: ConversationId
    promise: Promise
    due: datetime
    warn_at: datetime

    def stands(self, moment: datetime) -> str:
        """Return `late`, `soon` or `ok`."""
        if moment >= self.due:
            return "late"
        return "soon" if moment >= self.warn_at else "ok"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a dialog, and the policy that they go by."""

    chat: ConversationId
    policy_id: PolicyId | None = None
    owed: Mapping[Promise, Clock] = field(default_factory=dict)

    @property
    def due(self) -> list[Due]:
        """The due moments, the earliest first."""
        found = [
            Due(self.chat, promise, clock.due, clock.warn_at or clock.due)
            for promise, clock in self.owed.items()
            if clock.due is not None
        ]
        return sorted(found, key=lambda due: due.due)

    @property
    def next_due(self) -> Due | None:
        """The earliest due moment."""
        return next(iter(self.due), None)

    @property
    def alert_at(self) -> datetime | None:
        """When somebody has to hear of a clock next."""
        moments = [
            clock.due if clock.told == Edge.WARNED else clock.warn_at
            for clock in self.owed.values()
            if clock.told != Edge.MISSED
        ]
        return min((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A dialog from its beginning, or from being opened again, to its resolution."""

    chat: ConversationId
    number: int
    state: str
    started_at: datetime
    assistant_id: ActorId | None = None
    handed_at: datetime | None = None
    """When people got it for the first time."""
    people_since: datetime | None = None
    """Since when people have it; None while the assistant has."""
    waiting_since: datetime | None = None
    """Since when the visitor waits for a person's reply."""
    replied_at: datetime | None = None
    """When a person first replied."""
    replied_by: ActorId | None = None
    resolved_at: datetime | None = None
    handler_id: ActorId | None = None
    """Who resolved it: the person who replied last or had it, else the assistant."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a visitor thinks of how a dialog went."""

    chat: ConversationId
    number: int
    score: int
    comment: str
    handler_id: ActorId | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RatingState:
    """Whether a visitor may rate the last resolution of a dialog, and what they said."""

    resolution: int
    may_rate: bool
    until: datetime
    rating: Rating | None

    @property
    def ask(self) -> bool:
        """Whether the visitor should be asked: they may rate and have not."""
        return self.may_rate and self.rating is None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dialog stands, for its pane."""

    round: Round
    due: tuple[Due, ...] = ()
    is_paused: bool = False
    rating: Rating | None = None
    rated: str = ""
    """Whom the rating is about."""
