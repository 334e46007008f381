"""Whole days that somebody wants to know of, in the workspace's own zone."""

from datetime import date
from zoneinfo import ZoneInfo

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import InvalidInput
from besedka.kernel.hours.service.schedules import zone_of
from besedka.kernel.hours.types import LONGEST_DAYS, Period


async def choose_period(
    conn: TenantConn, *, days: int, first: date | None, last: date | None
) -> Period:
    """Return the period that was asked for, in the workspace's zone: two days and all between, or the last `days`.

    Raises InvalidInput for one that ends before it begins, or is too long.
    """
    zone = await zone_of(conn)
    today = now().astimezone(ZoneInfo(zone)).date()
    if first is None and last is None:
        return Period.lasting(days, until=today, zone=zone)
    until = last or today
    period = Period(first or until, until, zone)
    if not 1 <= period.days <= LONGEST_DAYS or period.first.year < 2000 or until.year > 2999:
        raise InvalidInput(field="first")
    return period
