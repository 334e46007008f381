"""How far applications for a vacancy come: chart, table and CSV, and what people decided otherwise."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request, Response

from besedka.core import tables
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.core.routing import LateRoute
from besedka.products.hiring.pages.recruiter.common import PATH, Watched, show
from besedka.products.hiring.recruiting import STATUSES, Funnel
from besedka.products.hiring.service import board
from besedka.web import charts

router = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}/funnel", route_class=LateRoute)

Table = Literal["stages", "stops", "overrides"]
Rows = tuple[Sequence[str], Sequence[Sequence[tables.Cell]]]


@router.get("")
async def show_funnel(
    request: Request, runtime: CurrentRuntime, desk: Watched, locale: CurrentLocale
) -> Response:
    """Show how far applications come, where interviews stop, and which decisions are not what was recommended."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await board.funnel(conn, desk.vacancy.id)
    return await show(
        request,
        desk,
        "funnel",
        tab="funnel",
        found=found,
        stages=STATUSES,
        chart=_chart(found, locale),
    )


def _chart(found: Funnel, locale: str) -> charts.Chart:
    columns = []
    for each in found.reached:
        name = text(locale, f"recruiting.stage_{each.stage}")
        columns.append(charts.Column(name, f"{name}: {each.count}", (("alone", each.count),)))
    return charts.stacked(columns)


@router.get("/csv/{funnel_table}")
async def take_away(
    runtime: CurrentRuntime, desk: Watched, locale: CurrentLocale, funnel_table: Table
) -> Response:
    """Return one of the tables as CSV."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await board.funnel(conn, desk.vacancy.id)
    head, rows = _rows(found, funnel_table, locale)
    titles = [text(locale, f"recruiting.csv_{each}") for each in head]
    name = f'attachment; filename="funnel-{funnel_table}.csv"'
    return Response(
        tables.spell(titles, rows), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name, "Cache-Control": "no-store"},
    )  # fmt: skip


def _rows(found: Funnel, table: Table, locale: str) -> Rows:
    match table:
        case "stages":
            return ("stage", "count", "share", "kept", "hours"), [
                (
                    text(locale, f"recruiting.stage_{each.stage}"), each.count, each.share, each.kept,
                    each.took.total_seconds() / 3600 if each.took is not None else None,
                )
                for each in found.reached
            ]  # fmt: skip
        case "stops":
            return ("question", "count"), [(each.question, each.count) for each in found.stops]
        case "overrides":
            return ("moment", "candidate", "decision", "by", "reason"), [
                (
                    each.created_at, each.candidate, text(locale, f"recruiting.verdict_{each.verdict}"), each.decider,
                    each.reason,
                )
                for each in found.overrides
            ]  # fmt: skip
