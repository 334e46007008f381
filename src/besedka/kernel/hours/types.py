"""Words of the module as types."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NewType, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

ScheduleId = NewType("ScheduleId", UUID)

DAYS = 7
DAY_MINUTES = 24 * 60
MOST_SCHEDULES = 20
MOST_SPANS = 4
"""Open spans of one day: a morning, an afternoon, and then some."""
MOST_HOLIDAYS = 400
LONGEST_NAME = 80
UTC_ZONE = "UTC"
"""The zone of a workspace without a schedule."""
PERIODS: Final = (7, 30, 90, 365)
"""Lengths in days that pages offer."""
LONGEST_DAYS: Final = 366

Span: TypeAlias = tuple[int, int]
"""Open from a minute of the day to another, which is not within; 1440 is midnight."""
Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""The spans of each day, Monday first."""
WORKDAY: Span = (9 * 60, 18 * 60)
USUAL_WEEK: Week = (*((WORKDAY,) for _ in range(5)), (), ())


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nobody works."""

    day: date
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A schedule as somebody wants it."""

    name: str
    zone: str
    week: Week = USUAL_WEEK
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When people work."""

    id: ScheduleId
    name: str
    zone: str
    week: Week
    holidays: tuple[Holiday, ...]
    is_default: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether people work at a moment. Without a schedule they always do."""

    is_open: bool
    until: datetime | None
    """When they go, if they work; None when they never go."""
    next: datetime | None
    """When they come, if they don't work; None when that is not within a year."""
    zone: str


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a zone: from the first to the last, both included."""

    first: date
    last: date
    zone: str

    @classmethod
    def lasting(cls, days: int, *, until: date, zone: str) -> "Period":
        """Return so many days that end with one."""
        return cls(until - timedelta(days=days - 1), until, zone)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> "Period":
        """The period of the same length before it."""
        return Period.lasting(self.days, until=self.first - timedelta(days=1), zone=self.zone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)
