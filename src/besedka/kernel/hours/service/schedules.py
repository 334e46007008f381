"""The schedules of a workspace."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import available_timezones

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.audit import service as audit
from besedka.kernel.hours.errors import (
    BadWeek,
    ScheduleIsDefault,
    ScheduleNotFound,
    TooManyHolidays,
    TooManySchedules,
    UnknownZone,
)
from besedka.kernel.hours.repository import ScheduleRepository
from besedka.kernel.hours.service.reckoning import opening_of
from besedka.kernel.hours.types import (
    DAY_MINUTES,
    DAYS,
    MOST_HOLIDAYS,
    MOST_SCHEDULES,
    MOST_SPANS,
    UTC_ZONE,
    Opening,
    Schedule,
    ScheduleDraft,
    ScheduleId,
)

REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)  # fmt: skip


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones that people live in."""
    known = available_timezones()
    return (*sorted(name for name in known if name.partition("/")[0] in REGIONS), UTC_ZONE)


async def list_schedules(conn: TenantConn) -> list[Schedule]:
    """Return the workspace's schedules, the default first."""
    return await ScheduleRepository(conn).list_all()


async def get_schedule(conn: TenantConn, schedule: UUID) -> Schedule:
    """Return a schedule. Raises ScheduleNotFound."""
    found = await ScheduleRepository(conn).find(schedule)
    if found is None:
        raise ScheduleNotFound
    return found


async def find_schedule(conn: TenantConn, schedule: UUID | None) -> Schedule | None:
    """Return a schedule, or the default for None or one that is gone; None where there is none."""
    repository = ScheduleRepository(conn)
    found = await repository.find(schedule)
    return found if found is not None or schedule is None else await repository.find(None)


async def find_default(conn: TenantConn) -> Schedule | None:
    """Return the default schedule, if the workspace has schedules."""
    return await ScheduleRepository(conn).find(None)


async def zone_of(conn: TenantConn) -> str:
    """Return the name of the workspace's time zone."""
    found = await find_default(conn)
    return UTC_ZONE if found is None else found.zone


async def opening(conn: TenantConn, moment: datetime, schedule: UUID | None = None) -> Opening:
    """Return whether people work at a moment, by a schedule or the default; without one they always do."""
    found = await find_schedule(conn, schedule)
    if found is None:
        return Opening(is_open=True, until=None, next=None, zone=UTC_ZONE)
    return opening_of(found, moment)


async def create_schedule(conn: TenantConn, draft: ScheduleDraft, *, by: ActorId) -> Schedule:
    """Make a schedule; the first one is the default. Raises TooManySchedules and what `check` raises."""
    draft, repository = check(draft), ScheduleRepository(conn)
    await repository.lock()
    if len(await repository.list_all()) >= MOST_SCHEDULES:
        raise TooManySchedules(limit=MOST_SCHEDULES)
    made = ScheduleId(new_id())
    await repository.insert(made, draft)
    await _record(conn, "hours.create", made, by=by)
    return await get_schedule(conn, made)


async def change_schedule(
    conn: TenantConn, schedule: ScheduleId, draft: ScheduleDraft, *, by: ActorId
) -> Schedule:
    """Change a schedule. Raises ScheduleNotFound and what `check` raises."""
    if not await ScheduleRepository(conn).update(schedule, check(draft)):
        raise ScheduleNotFound
    await _record(conn, "hours.change", schedule, by=by)
    return await get_schedule(conn, schedule)


async def make_default(conn: TenantConn, schedule: ScheduleId, *, by: ActorId) -> Schedule:
    """Make a schedule the default. Raises ScheduleNotFound."""
    await get_schedule(conn, schedule)
    await ScheduleRepository(conn).make_default(schedule)
    await _record(conn, "hours.default", schedule, by=by)
    return await get_schedule(conn, schedule)


async def delete_schedule(conn: TenantConn, schedule: ScheduleId, *, by: ActorId) -> None:
    """Delete a schedule; the default one only when it is the last. Raises ScheduleNotFound, ScheduleIsDefault."""
    found, repository = await get_schedule(conn, schedule), ScheduleRepository(conn)
    if found.is_default and len(await repository.list_all()) > 1:
        raise ScheduleIsDefault
    await repository.delete(schedule)
    await _record(conn, "hours.delete", schedule, by=by)


def check(draft: ScheduleDraft) -> ScheduleDraft:
    """Return a draft in order: spans and holidays sorted. Raises UnknownZone, BadWeek, TooManyHolidays."""
    if draft.zone not in zones():
        raise UnknownZone(field="zone", zone=draft.zone)
    if len(draft.week) != DAYS:
        raise BadWeek(field="week", day=len(draft.week))
    week = tuple(tuple(sorted(day)) for day in draft.week)
    for number, day in enumerate(week, 1):
        is_sound = all(0 <= start < end <= DAY_MINUTES for start, end in day)
        is_apart = all(before[1] <= after[0] for before, after in pairwise(day))
        if not is_sound or not is_apart or len(day) > MOST_SPANS:
            raise BadWeek(field="week", day=number)
    named = {each.day: each for each in draft.holidays}
    if len(named) > MOST_HOLIDAYS:
        raise TooManyHolidays(field="holidays", limit=MOST_HOLIDAYS)
    return replace(draft, week=week, holidays=tuple(named[day] for day in sorted(named)))


async def _record(conn: TenantConn, action: str, schedule: ScheduleId, *, by: ActorId) -> None:
    await audit.record(conn, actor_id=by, action=action, target_type="schedule", target_id=schedule)
