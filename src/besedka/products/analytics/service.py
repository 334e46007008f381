"""Use cases of analytics."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.hours.types import Period
from besedka.products.analytics.repository import AnalyticsRepository
from besedka.products.analytics.types import (
    HOURS,
    Counted,
    DayFigures,
    OperatorFigures,
    Overview,
    RatingReport,
    Scores,
)


async def overview(conn: TenantConn, period: Period) -> Overview:
    """Return all figures of a period, and those of the period before."""
    found = AnalyticsRepository(conn)
    counted, costs = await found.counted(period), await found.costs(period)
    old, old_costs = await found.counted(period.before), await found.costs(period.before)
    days, hourly = by_time(period, counted)
    return Overview(
        period=period, totals=await found.totals(period, counted, costs=costs),
        before=await found.totals(period.before, old, costs=old_costs), days=days, hours=hourly,
        assistants=await found.assistants(period, counted, costs=costs), other_cost=costs.get(None, ()),
        labels=await found.labels(period), words=await found.words(period), gaps=await found.gaps(period),
    )  # fmt: skip


def by_time(period: Period, counted: Sequence[Counted]) -> tuple[list[DayFigures], list[list[int]]]:
    """Return the dialogs of each day, empty ones too, and of each hour of the week, Monday first."""
    days = {
        period.first + timedelta(days=n): DayFigures(period.first + timedelta(days=n), 0, 0, 0)
        for n in range(period.days)
    }
    hourly = [[0] * HOURS for _ in range(7)]
    for each in counted:
        was = days[each.day]
        days[each.day] = DayFigures(
            each.day,
            was.dialogs + each.dialogs,
            was.unaided + each.unaided,
            was.handed + each.handed,
        )
        hourly[each.day.weekday()][each.hour] += each.dialogs
    return list(days.values()), hourly


async def ratings(conn: TenantConn, period: Period) -> RatingReport:
    """Return how visitors rated during a period."""
    found = AnalyticsRepository(conn)
    return RatingReport(
        period=period, now=Scores(await found.scores(period)), before=Scores(await found.scores(period.before)),
        resolved=await found.resolved(period), about=await found.rated(period), comments=await found.comments(period),
    )  # fmt: skip


async def operators(
    conn: TenantConn, period: Period, *, actor: UUID | None = None
) -> list[OperatorFigures]:
    """Return what people did during a period, all of them or one."""
    return await AnalyticsRepository(conn).operators(period, actor=actor)
