"""What the API of hours and promises takes and gives."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from besedka.core.pagination import MAX_LIMIT, read_moment
from besedka.core.schemas import Read, Write
from besedka.kernel.conversations.types import Priority
from besedka.kernel.hours.types import (
    DAY_MINUTES,
    DAYS,
    LONGEST_NAME,
    MOST_HOLIDAYS,
    MOST_SPANS,
    Holiday,
    Schedule,
    ScheduleDraft,
)
from besedka.kernel.promises.types import LONGEST_TARGET, Due, Policy, PolicyDraft, Standing

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Minute = Annotated[int, Field(ge=0, le=DAY_MINUTES)]
Target = Annotated[int, Field(ge=1, le=LONGEST_TARGET)]
Day = Annotated[list[tuple[Minute, Minute]], Field(max_length=MOST_SPANS)]


class HolidayModel(Write):
    """A day on which nobody works."""

    day: date
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class ScheduleWrite(Write):
    """A schedule. `week` holds the open spans of each day, Monday first, as minutes of the day; 1440 is midnight."""

    name: Name
    zone: Annotated[str, Field(max_length=64)]
    week: Annotated[list[Day], Field(min_length=DAYS, max_length=DAYS)]
    holidays: Annotated[tuple[HolidayModel, ...], Field(max_length=MOST_HOLIDAYS)] = ()

    def draft(self) -> ScheduleDraft:
        """Return it as the module takes it."""
        return ScheduleDraft(
            name=self.name, zone=self.zone, week=tuple(tuple(day) for day in self.week),
            holidays=tuple(Holiday(each.day, each.name) for each in self.holidays),
        )  # fmt: skip


class HolidayRead(Read):
    """A day on which nobody works."""

    day: date
    name: str


class ScheduleRead(Read):
    """A schedule."""

    id: UUID
    name: str
    zone: str
    week: list[list[tuple[int, int]]]
    holidays: list[HolidayRead]
    is_default: bool

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleRead":
        """Build it."""
        return cls.model_validate(schedule)


class OpeningRead(Read):
    """Whether people work now; `until` is when they go, `next` when they are back."""

    is_open: bool
    until: datetime | None
    next: datetime | None
    zone: str


class DefaultPolicyWrite(Write):
    """What is promised, in minutes; null promises nothing. `by_hours`: only the hours of a schedule count."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    enabled: bool = True
    first: Target | None = None
    reply: Target | None = None
    resolution: Target | None = None
    warning: Annotated[int, Field(ge=0, le=LONGEST_TARGET)] = 5
    by_hours: bool = True
    schedule_id: UUID | None = None

    def draft(self) -> PolicyDraft:
        """Return it as the module takes it."""
        return PolicyDraft(**self.model_dump())


class PolicyWrite(DefaultPolicyWrite):
    """The same for dialogs with a label, of a priority, or both."""

    label_id: UUID | None = None
    priority: Priority | None = None


class PolicyRead(Read):
    """A policy; the default one has no id until somebody changes it."""

    id: UUID | None
    name: str
    is_default: bool
    enabled: bool
    label_id: UUID | None
    priority: Priority | None
    first: int | None
    reply: int | None
    resolution: int | None
    warning: int
    by_hours: bool
    schedule_id: UUID | None

    @classmethod
    def of(cls, policy: Policy) -> "PolicyRead":
        """Build it."""
        return cls.model_validate(policy)


class DueQuery(Write):
    """Which due moments are wanted; `cursor` comes from the Link of the page before."""

    until: datetime | None = None
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=100)

    @property
    def after(self) -> tuple[datetime, UUID] | None:
        """The last row of the page before. Raises InvalidInput."""
        return None if self.cursor is None else read_moment(self.cursor, field="cursor")


class DueRead(Read):
    """A due moment of a dialog: which promise, and whether it is `ok`, `soon` or `late`."""

    chat: UUID
    promise: str
    due_at: datetime
    warn_at: datetime
    stands: str

    @classmethod
    def of(cls, due: Due, moment: datetime) -> "DueRead":
        """Build it."""
        return cls(
            chat=due.chat, promise=due.promise, due_at=due.due, warn_at=due.warn_at, stands=due.stands(moment)
        )  # fmt: skip


class GivenRating(Read):
    """What the visitor thinks."""

    score: int
    comment: str
    handler_id: UUID | None
    created_at: datetime
    changed_at: datetime


class StandingRead(Read):
    """How a dialog stands: when people got it, first replied and resolved it in its last round, and what is due."""

    round: int
    handed_at: datetime | None
    replied_at: datetime | None
    waiting_since: datetime | None
    resolved_at: datetime | None
    paused: bool
    due: list[DueRead]
    rating: GivenRating | None

    @classmethod
    def of(cls, found: Standing, moment: datetime) -> "StandingRead":
        """Build it."""
        return cls(
            round=found.round.number, handed_at=found.round.handed_at, replied_at=found.round.replied_at,
            waiting_since=found.round.waiting_since, resolved_at=found.round.resolved_at, paused=found.is_paused,
            due=[DueRead.of(due, moment) for due in found.due],
            rating=None if found.rating is None else GivenRating.model_validate(found.rating),
        )  # fmt: skip
