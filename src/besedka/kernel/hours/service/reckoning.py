"""Reckoning with schedules, exact whatever clocks do.

A schedule is open at a moment when a clock on its wall shows a time within a span of that day. Hence an hour that a clock
shows twice counts twice, and one that it skips does not count. Around a change of the clock the wall's time is cut into
stretches of one offset; within a stretch it is plain arithmetic in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from besedka.kernel.hours.types import Opening, Schedule

DAY = timedelta(days=1)
FARTHEST = timedelta(hours=16)
"""No zone is farther from UTC."""
LOOK = timedelta(hours=6)
"""No zone changes its clocks twice within this time."""
EXACT = timedelta(seconds=1)
"""Clocks change at whole seconds."""
WINDOW = timedelta(days=7)
MOST_WINDOWS = 3 * 53
"""How far a due moment is looked for: three years."""
SOON_WINDOWS = 53
"""How far the next opening is looked for: a year."""

Stretch = tuple[datetime, datetime]


def is_open(schedule: Schedule, moment: datetime) -> bool:
    """Whether people work at a moment."""
    wall = moment.astimezone(ZoneInfo(schedule.zone)).replace(tzinfo=None)
    if any(holiday.day == wall.date() for holiday in schedule.holidays):
        return False
    minutes = (wall - datetime.combine(wall.date(), time())) / timedelta(minutes=1)
    return any(start <= minutes < end for start, end in schedule.week[wall.weekday()])


def opening_of(schedule: Schedule, moment: datetime) -> Opening:
    """Return whether people work at a moment, and when that changes."""
    first = next(_open_from(schedule, moment, windows=SOON_WINDOWS), None)
    if first is None:
        return Opening(is_open=False, until=None, next=None, zone=schedule.zone)
    start, end = first
    if start > moment:
        return Opening(is_open=False, until=None, next=start, zone=schedule.zone)
    return Opening(
        is_open=True, until=_closes(schedule, moment, end), next=None, zone=schedule.zone
    )


def _closes(schedule: Schedule, moment: datetime, end: datetime) -> datetime | None:
    """Return the end of the open time around a moment, which may go over midnights; None when there is none in a week."""
    for start, later in _open_from(schedule, moment, windows=2):
        if start > end:
            return end
        end = max(end, later)
    return end if end < moment + WINDOW else None


def next_opening(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when people work next: now if they do; None when that is not within a year."""
    found = next(_open_from(schedule, moment, windows=SOON_WINDOWS), None)
    return None if found is None else found[0]


def working_time(schedule: Schedule, start: datetime, *, end: datetime) -> timedelta:
    """Return how much of the time from one moment to a later one is open; nothing when it is not later."""
    spans = open_within(schedule, start, end=end)
    return sum((till - since for since, till in spans), timedelta())


def add_working(schedule: Schedule, start: datetime, *, amount: timedelta) -> datetime | None:
    """Return the moment at which so much open time has gone by; None when three years do not have it."""
    if amount <= timedelta():
        return start
    for since, till in _open_from(schedule, start, windows=MOST_WINDOWS):
        if till - since >= amount:
            return since + amount
        amount -= till - since
    return None


def open_within(schedule: Schedule, start: datetime, *, end: datetime) -> list[Stretch]:
    """Return the open stretches between two moments, in order, in UTC."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    first, last = (start - FARTHEST).date(), (end + FARTHEST).date()
    days = (first + DAY * n for n in range((last - first).days + 1))
    found = [
        (max(since, start), min(till, end))
        for day in days
        for since, till in _spans(schedule, day)
        if since < end and till > start
    ]
    return sorted(found)


def _open_from(schedule: Schedule, moment: datetime, *, windows: int) -> Iterator[Stretch]:
    """Yield the open stretches from a moment on, week by week."""
    since = moment.astimezone(UTC)
    for _ in range(windows):
        yield from open_within(schedule, since, end=since + WINDOW)
        since += WINDOW


def _spans(schedule: Schedule, day: date) -> Iterator[Stretch]:
    """Yield the stretches in which the wall shows open hours of a day."""
    spans = schedule.week[day.weekday()]
    if not spans or any(holiday.day == day for holiday in schedule.holidays):
        return
    midnight = datetime.combine(day, time(), UTC)
    for since, till, offset in _stretches(schedule.zone, day):
        for start, end in spans:
            opens = max(since, midnight + timedelta(minutes=start) - offset)
            closes = min(till, midnight + timedelta(minutes=end) - offset)
            if opens < closes:
                yield opens, closes


@lru_cache(maxsize=8192)
def _stretches(name: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Return the stretches of one offset of a zone around a day: from, to, offset."""
    zone = ZoneInfo(name)
    start = datetime.combine(day, time(), UTC) - FARTHEST
    looks = [start + LOOK * n for n in range(int((DAY + 2 * FARTHEST) / LOOK) + 2)]
    changes = [
        _change(zone, before, after)
        for before, after in pairwise(looks)
        if _offset(zone, before) != _offset(zone, after)
    ]
    edges = [looks[0], *changes, looks[-1]]
    return tuple((since, till, _offset(zone, since)) for since, till in pairwise(edges))


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first moment of the new offset, between two moments of different offsets."""
    old = _offset(zone, before)
    for _ in range(32):
        if after - before <= EXACT:
            break
        middle = before + timedelta(seconds=(after - before) // EXACT // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
