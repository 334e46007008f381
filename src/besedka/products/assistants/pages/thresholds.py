"""The confidence threshold, tried on past questions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service import Changes
from besedka.products.assistants.pages.common import PATH, Managed
from besedka.products.assistants.schemas import PastQuestionRead
from besedka.products.assistants.thresholds import SHOWN, suggested
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/threshold", route_class=LateRoute)

Percent = Annotated[int, Query(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A past question, and what a threshold would make of it."""

    asked: PastQuestionRead
    is_answered: bool


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, desk: Managed, value: Percent | None = None
) -> Response:
    """Show which of the last questions a threshold would let be answered; htmx gets that part alone."""
    percent = round(desk.who.threshold * 100) if value is None else value
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        past = await answers.past_questions(conn, desk.who.id, limit=SHOWN)
    found = [PastQuestionRead.model_validate({**each, "run_id": each["id"]}) for each in past]
    best = suggested([each.confidence for each in found])
    weighed = [Weighed(each, each.confidence >= percent / 100) for each in found]
    context = desk.shown() | {
        "percent": percent, "best": None if best is None else round(best * 100),
        "weighed": sorted(weighed, key=lambda each: -each.asked.confidence),
        "answered": sum(each.is_answered for each in weighed),
    }  # fmt: skip
    name = "threshold_preview" if render.is_htmx(request) else "threshold"
    return await render.page(request, f"assistants/{name}.html", **context)


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, desk: Managed,
    value: Annotated[int, Form(ge=0, le=100)],
) -> Response:  # fmt: skip
    """Use a threshold from now on."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await answers.update_assistant(
            conn, desk.who.id, Changes(threshold=value / 100), author=desk.identity.actor_id
        )
    return render.redirect(request, f"{desk.path}/threshold", flash="assistants.saved")
