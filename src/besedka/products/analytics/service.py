"""Use cases of analytics."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import InvalidInput
from besedka.kernel.hours import service as hours
from besedka.products.analytics.repository import AnalyticsRepository
from besedka.products.analytics.types import (
    LONGEST_DAYS,
    OperatorFigures,
    Overview,
    Period,
    RatingReport,
)


async def choose_period(
    conn: TenantConn, *, days: int, first: date | None, last: date | None
) -> Period:
    """Return the period that was asked for, in the workspace's zone: two days and all between, or the last `days`.

    Raises InvalidInput for one that ends before it begins, or is too long.
    """
    zone = await hours.zone_of(conn)
    today = now().astimezone(ZoneInfo(zone)).date()
    if first is None and last is None:
        return Period.lasting(days, until=today, zone=zone)
    until = last or today
    period = Period(first or until, until, zone)
    if not 1 <= period.days <= LONGEST_DAYS or period.first.year < 2000 or until.year > 2999:
        raise InvalidInput(field="first")
    return period


async def overview(conn: TenantConn, period: Period) -> Overview:
    """Return all figures of a period, and those of the period before."""
    found = AnalyticsRepository(conn)
    days, hourly = await found.by_time(period)
    return Overview(
        period=period, totals=await found.totals(period), before=await found.totals(period.before), days=days,
        hours=hourly, assistants=await found.assistants(period), labels=await found.labels(period),
        words=await found.words(period), gaps=await found.gaps(period),
    )  # fmt: skip


async def ratings(conn: TenantConn, period: Period) -> RatingReport:
    """Return how visitors rated during a period."""
    found = AnalyticsRepository(conn)
    return RatingReport(
        period=period, totals=await found.totals(period), before=await found.totals(period.before),
        scores=await found.scores(period), about=await found.rated(period), comments=await found.comments(period),
    )  # fmt: skip


async def operators(
    conn: TenantConn, period: Period, *, actor: UUID | None = None
) -> list[OperatorFigures]:
    """Return what people did during a period, all of them or one."""
    return await AnalyticsRepository(conn).operators(period, actor=actor)
