"""The board of a vacancy by stage, and applications side by side."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.products.hiring.pages.recruiter.common import PATH, Watched, Watcher, show
from besedka.products.hiring.recruiting import STATUSES
from besedka.products.hiring.service import board, responses
from besedka.products.hiring.types import (
    MANAGE,
    Entry,
    ResponseFilter,
    ResponseSort,
    Status,
    Verdict,
)
from besedka.web import render

router = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}", route_class=LateRoute)
compared = APIRouter(prefix=PATH, route_class=LateRoute)

MOST_CARDS: Final = 50
MOST_LISTED: Final = 200
LEAST, MOST = 2, 4
VERDICTS: Final = (Verdict.INVITED, Verdict.REJECTED, Verdict.HIRED)
_APPROVED: Final = {"yes": True, "no": False}


class BoardQuery(BaseModel):
    """Which applications are wanted, and in which order."""

    q: str = Field("", max_length=200)
    approved: Literal["", "yes", "no"] = ""
    status: Status | Literal[""] = ""
    sort: ResponseSort = ResponseSort.NEWEST

    def wanted(self, vacancy: UUID) -> ResponseFilter:
        """Return which applications are wanted of a vacancy."""
        return ResponseFilter(
            vacancy=vacancy, status=self.status or None, approved=_APPROVED.get(self.approved), text=self.q,
            sort=self.sort, limit=MOST_LISTED if self.status else MOST_CARDS,
        )  # fmt: skip

    @property
    def is_narrowed(self) -> bool:
        """Whether not all are wanted."""
        return bool(self.q or self.approved or self.status)


@router.get("")
async def show_board(
    request: Request, runtime: CurrentRuntime, desk: Watched, query: Annotated[BoardQuery, Query()]
) -> Response:
    """Show the applications for a vacancy by stage."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        columns = await board.columns(conn, query.wanted(desk.vacancy.id))
    return await show(
        request, desk, "board", tab="board", columns=columns, query=query, sorts=list(ResponseSort), stages=STATUSES,
        verdicts=VERDICTS, most=query.wanted(desk.vacancy.id).limit, together=sum(each.count for each in columns),
    )  # fmt: skip


@compared.get("/compare")
async def show_compared(
    request: Request, runtime: CurrentRuntime, identity: Watcher, r: Annotated[list[UUID] | None, Query(max_length=50)] = None
) -> Response:  # fmt: skip
    """Show two to four applications side by side."""
    chosen = list(dict.fromkeys(r or []))[:MOST]
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entries = [await responses.get_entry(conn, each) for each in chosen]
    return await render.page(
        request, "hiring/compare.html", path=PATH, entries=entries, criteria=_names(entries), checked=_checked(entries),
        enough=len(entries) >= LEAST, may_manage=identity.may(MANAGE), verdicts=VERDICTS,
    )  # fmt: skip


def _names(entries: list[Entry]) -> dict[str, str]:
    """Return the criteria of all, by key, in their order."""
    return {
        each.key: each.name
        for entry in entries
        if entry.response.outcome
        for each in entry.response.outcome.assessed
    }


def _checked(entries: list[Entry]) -> dict[str, str]:
    """Return the knock-outs of all, by key, in their order."""
    return {
        each.key: each.name
        for entry in entries
        if entry.response.outcome
        for each in entry.response.outcome.knockouts
    }
