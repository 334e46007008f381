"""Pages of analytics, and their tables as CSV."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

from babel import dates
from fastapi import APIRouter, Depends, Request, Response

from besedka.core import tables
from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import STAFF_READS
from besedka.kernel.hours.deps import PeriodQuery, WantedPeriod
from besedka.kernel.hours.types import PERIODS, Period
from besedka.products.analytics import service
from besedka.products.analytics.types import (
    ANALYTICS_READ,
    HOURS,
    DayFigures,
    Money,
    OperatorFigures,
    Overview,
)
from besedka.web import charts, render

PAGE: Final = "/dashboard/analytics"

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Reader = Annotated[Identity, Depends(require_on_page(ANALYTICS_READ))]
Helper = Annotated[Identity, Depends(require_on_page(STAFF_READS))]
Table = Literal["days", "hours", "assistants", "labels", "words", "gaps", "ratings", "comments"]
Cells = tuple[Sequence[str], Sequence[Sequence[tables.Cell]]]


@router.get("")
async def show_overview(
    request: Request, runtime: CurrentRuntime, identity: Helper, locale: CurrentLocale, wanted: WantedPeriod
) -> Response:  # fmt: skip
    """Show the figures of a period; to those who may not see all, their own."""
    if not identity.may(ANALYTICS_READ):
        return await _operators(request, runtime, identity, wanted)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.overview(conn, await wanted.find(conn))
    return await render.page(
        request, "analytics/overview.html", here_tab=PAGE, path=PAGE, wanted=wanted, periods=PERIODS, found=found,
        period=found.period, chart=charts.stacked(_columns(found.days, locale)), shades=charts.shades(found.hours),
        weekdays=dates.get_day_names("abbreviated", locale=locale),
    )  # fmt: skip


def _columns(days: Sequence[DayFigures], locale: str) -> list[charts.Column]:
    """Return the days as columns: the dialogs that people did not get, and those they did."""
    return [
        charts.Column(
            dates.format_skeleton("MMMd", each.day, locale=locale),
            f"{dates.format_date(each.day, 'medium', locale=locale)}: {each.dialogs}",
            (("alone", each.dialogs - each.handed), ("more", each.handed)),
        )
        for each in days
    ]


@router.get("/ratings")
async def show_ratings(
    request: Request, runtime: CurrentRuntime, identity: Reader, wanted: WantedPeriod
) -> Response:
    """Show how visitors rated."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.ratings(conn, await wanted.find(conn))
    chart = charts.stacked(
        [charts.Column(str(n), f"{n}: {count}", (("alone", count),)) for n, count in enumerate(found.now.counts, 1)]
    )  # fmt: skip
    return await render.page(
        request, "analytics/ratings.html", here_tab=f"{PAGE}/ratings", path=PAGE, wanted=wanted, periods=PERIODS,
        found=found, period=found.period, chart=chart,
    )  # fmt: skip


@router.get("/operators")
async def show_operators(
    request: Request, runtime: CurrentRuntime, identity: Helper, wanted: WantedPeriod
) -> Response:
    """Show what people did: all of them to those who may see all, oneself to others."""
    return await _operators(request, runtime, identity, wanted)


async def _operators(
    request: Request, runtime: CurrentRuntime, identity: Identity, wanted: PeriodQuery
) -> Response:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await wanted.find(conn)
        found = await service.operators(conn, period, actor=_whose(identity))
        before = await service.operators(conn, period.before, actor=_whose(identity))
    return await render.page(
        request, "analytics/operators.html", here_tab=f"{PAGE}/operators", path=PAGE, wanted=wanted, periods=PERIODS,
        found=found, before={each.id: each for each in before}, period=period,
    )  # fmt: skip


def _whose(identity: Identity) -> UUID | None:
    return None if identity.may(ANALYTICS_READ) else identity.actor_id


@router.get("/operators/csv")
async def download_operators(
    runtime: CurrentRuntime, identity: Helper, locale: CurrentLocale, wanted: WantedPeriod
) -> Response:
    """Give what people did as CSV."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await wanted.find(conn)
        found = await service.operators(conn, period, actor=_whose(identity))
    return _csv("operators", period, locale, _OPERATORS, [_of_operator(each) for each in found])


_OPERATORS = ("name", "replies", "handled", "first_reply_s", "ratings", "score")


def _of_operator(each: OperatorFigures) -> Sequence[tables.Cell]:
    return each.name, each.replies, each.handled, each.first_reply, each.ratings, each.score


@router.get("/csv/{table}")
async def download(
    table: Table,
    runtime: CurrentRuntime,
    identity: Reader,
    locale: CurrentLocale,
    wanted: WantedPeriod,
) -> Response:
    """Give a table as CSV."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await wanted.find(conn)
        if table in ("ratings", "comments"):
            head, rows = await _rated(conn, period, table)
        else:
            head, rows = _CELLS[table](await service.overview(conn, period))
    return _csv(table, period, locale, head, rows)


async def _rated(conn: TenantConn, period: Period, table: Table) -> Cells:
    found = await service.ratings(conn, period)
    if table == "comments":
        return ("given_at", "score", "about", "comment", "dialog"), [
            (each.given_at, each.score, each.about, each.comment, str(each.chat))
            for each in found.comments
        ]
    return ("name", "ratings", "score"), [(e.name, e.ratings, e.score) for e in found.about]


def _days(found: Overview) -> Cells:
    rows = [(each.day, each.dialogs, each.unaided, each.handed) for each in found.days]
    return ("day", "dialogs", "unaided", "handed"), rows


def _hours(found: Overview) -> Cells:
    return ("weekday", *(f"{hour:02d}:00" for hour in range(HOURS))), [
        (day, *row) for day, row in enumerate(found.hours, 1)
    ]


def _assistants(found: Overview) -> Cells:
    return ("name", "dialogs", "unaided", "handed", "unanswered", "ratings", "score", "cost"), [
        (e.name, e.dialogs, e.unaided, e.handed, e.unanswered, e.ratings, e.score, _spelt(e.cost))
        for e in found.assistants
    ]


def _spelt(cost: Sequence[Money]) -> str:
    return " + ".join(f"{Decimal(each.micro).scaleb(-6):f} {each.currency}" for each in cost)


def _labels(found: Overview) -> Cells:
    return ("label", "dialogs"), [(each.name, each.count) for each in found.labels]


def _words(found: Overview) -> Cells:
    return ("word", "questions"), [(each.name, each.count) for each in found.words]


def _gaps(found: Overview) -> Cells:
    return ("question", "count", "last_at", "dialog"), [
        (each.question, each.count, each.last_at, str(each.chat)) for each in found.gaps
    ]


_CELLS: Mapping[str, Callable[[Overview], Cells]] = {
    "days": _days, "hours": _hours, "assistants": _assistants, "labels": _labels, "words": _words, "gaps": _gaps,
}  # fmt: skip


def _csv(
    name: str, period: Period, locale: str, head: Sequence[str], rows: Sequence[Sequence[tables.Cell]]
) -> Response:  # fmt: skip
    titles = [text(locale, f"analytics.csv_{each}") if ":" not in each else each for each in head]
    file = f"{name}-{period.first}-{period.last}.csv"
    return Response(
        tables.spell(titles, rows), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"},
    )  # fmt: skip
