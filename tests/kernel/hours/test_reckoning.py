"""Reckoning with schedules: compared with looking at the wall's clock minute by minute, over every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from besedka.kernel.hours.service import (
    add_working,
    is_open,
    next_opening,
    opening_of,
    working_time,
)
from besedka.kernel.hours.types import USUAL_WEEK, Holiday, Schedule, ScheduleId, Week

MINUTE = timedelta(minutes=1)
QUICK = settings(max_examples=40, deadline=None)
EVENTFUL = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Sao_Paulo": (date(2018, 11, 4), date(2019, 2, 16)),
    "Pacific/Apia": (date(2011, 12, 29), date(2012, 4, 1)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "Asia/Kathmandu": (date(2026, 6, 1),),
    "Europe/Moscow": (date(2014, 10, 26), date(2026, 11, 30)),
    "Pacific/Kiritimati": (date(2026, 1, 1),),
}
"""Days around which clocks change, also at midnight, by half an hour, and by a whole day."""


def schedule(zone: str, week: Week = USUAL_WEEK, holidays: tuple[Holiday, ...] = ()) -> Schedule:
    return Schedule(
        id=ScheduleId(UUID(int=1)),
        name="",
        zone=zone,
        week=week,
        holidays=holidays,
        is_default=True,
    )


def wall(zone: str, year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone))


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = draw(st.lists(st.integers(0, 96), max_size=4, unique=True).map(sorted))
    return tuple((a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """A schedule, and a moment shortly before a day on which something happens to clocks."""
    zone = draw(st.sampled_from(sorted(EVENTFUL)))
    day = draw(st.sampled_from(EVENTFUL[zone]))
    holidays = (Holiday(day),) if draw(st.booleans()) and draw(st.booleans()) else ()
    found = schedule(zone, draw(st.tuples(*[days()] * 7)), holidays)
    before = draw(st.integers(0, 20 * 60))
    return found, datetime.combine(day, time(12), UTC) - MINUTE * before


def minutes_open(of: Schedule, start: datetime, minutes: int) -> int:
    return sum(is_open(of, start + MINUTE * n) for n in range(minutes))


@QUICK
@given(cases(), st.integers(0, 30 * 60))
def test_working_time_over_changes_of_clocks_is_what_the_wall_shows(
    case: tuple[Schedule, datetime], minutes: int
) -> None:
    of, start = case
    end = start + MINUTE * minutes
    assert working_time(of, start, end=end) == MINUTE * minutes_open(of, start, minutes)
    middle = start + (end - start) / 3
    parts = working_time(of, start, end=middle) + working_time(of, middle, end=end)
    assert parts == working_time(of, start, end=end)


@QUICK
@given(cases(), st.integers(1, 5000))
def test_added_working_time_is_the_time_that_goes_by_until_then(
    case: tuple[Schedule, datetime], seconds: int
) -> None:
    of, start = case
    amount = timedelta(seconds=seconds)
    due = add_working(of, start, amount=amount)
    if due is None:
        assert of.week == ((),) * 7
        return
    assert working_time(of, start, end=due) == amount
    assert is_open(of, due - timedelta(microseconds=1))


@QUICK
@given(cases())
def test_next_opening_is_the_first_open_moment(case: tuple[Schedule, datetime]) -> None:
    of, start = case
    found = next_opening(of, start)
    if found is None:
        assert of.week == ((),) * 7
        return
    assert is_open(of, found)
    assert found == start or working_time(of, start, end=found) == timedelta()
    opening = opening_of(of, start)
    assert opening.is_open is (found == start)
    assert opening.next == (None if opening.is_open else found)
    if opening.until is not None:
        assert working_time(of, start, end=opening.until) == opening.until - start
        assert not is_open(of, opening.until)


def test_first_response_over_a_weekend_takes_working_hours_alone() -> None:
    of = schedule("Europe/Moscow", holidays=(Holiday(date(2026, 11, 30)),))
    friday = wall("Europe/Moscow", 2026, 11, 27, 17)
    due = add_working(of, friday, amount=timedelta(hours=3))
    assert due == wall("Europe/Moscow", 2026, 12, 1, 11)
    evening = opening_of(of, wall("Europe/Moscow", 2026, 11, 27, 18))
    assert (evening.is_open, evening.next) == (False, wall("Europe/Moscow", 2026, 12, 1, 9))
    assert opening_of(of, friday).until == wall("Europe/Moscow", 2026, 11, 27, 18)


def test_round_the_clock_never_closes_and_an_empty_week_never_opens() -> None:
    moment = wall("Europe/Berlin", 2026, 10, 24, 12)
    always = schedule("Europe/Berlin", (((0, 1440),),) * 7)
    assert opening_of(always, moment).until is None
    until = wall("Europe/Berlin", 2026, 10, 26, 12)
    assert working_time(always, moment, end=until) == timedelta(days=2, hours=1)
    never = schedule("Europe/Berlin", ((),) * 7)
    assert next_opening(never, moment) is None
    assert add_working(never, moment, amount=timedelta(hours=1)) is None
    overnight = schedule("Europe/Berlin", (((0, 360), (1320, 1440)),) * 7)
    late = wall("Europe/Berlin", 2026, 7, 1, 23)
    assert opening_of(overnight, late).until == wall("Europe/Berlin", 2026, 7, 2, 6)


def test_hour_that_clocks_show_twice_counts_twice_and_a_skipped_one_not_at_all() -> None:
    of = schedule("Europe/Berlin", (((120, 180),),) * 7)
    autumn = wall("Europe/Berlin", 2026, 10, 25, 0), wall("Europe/Berlin", 2026, 10, 26, 0)
    spring = wall("Europe/Berlin", 2026, 3, 29, 0), wall("Europe/Berlin", 2026, 3, 30, 0)
    assert working_time(of, autumn[0], end=autumn[1]) == timedelta(hours=2)
    assert working_time(of, spring[0], end=spring[1]) == timedelta()
