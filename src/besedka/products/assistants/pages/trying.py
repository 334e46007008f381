"""Trying an assistant out."""

from typing import Any

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import Locale
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.types import Hit
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed, Shown, Words, written
from besedka.products.assistants.schemas import AskCreate
from besedka.products.assistants.service import Trial
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}", route_class=LateRoute)

TRY, SETUP = "assistants/try.html", "assistants/setup_try.html"

LONGEST_SUGGESTION = 500


@router.get("/setup/try")
async def show_step(request: Request, desk: Managed) -> Response:
    """Show the second step of setting an assistant up: a test question."""
    return await _page(request, desk, SETUP, question="")


@router.post("/setup/try")
async def ask_in_step(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale, question: Words = ""
) -> Response:  # fmt: skip
    """Ask in the second step."""
    return await _ask(request, runtime, desk, SETUP, question=question, locale=locale)


@router.get("/try")
async def show(request: Request, desk: Shown, q: str = "") -> Response:
    """Show the field for a test question; `q` fills it."""
    return await _page(request, desk, TRY, question=q[:LONGEST_SUGGESTION])


@router.post("/try")
async def ask(
    request: Request, runtime: CurrentRuntime, desk: Shown, locale: CurrentLocale, question: Words = ""
) -> Response:  # fmt: skip
    """Ask, and show the answer with what it stands on; htmx gets that part alone."""
    return await _ask(request, runtime, desk, TRY, question=question, locale=locale)


async def _ask(
    request: Request, runtime: Runtime, desk: Desk, template: str, *, question: str, locale: Locale
) -> Response:
    try:
        given = checked(AskCreate, {"question": question}, locale=locale)
    except Wrong as wrong:
        return await _page(request, desk, template, question=question, errors=dict(wrong.errors))
    trial = await service.try_question(
        runtime, desk.workspace, desk.who.id, given.question, locale=locale
    )
    if render.is_htmx(request):
        context = desk.shown() | _shown(trial) | {"question": given.question}
        return await render.page(request, "assistants/answer.html", **context)
    return await _page(request, desk, template, question=question, trial=trial)


async def _page(
    request: Request, desk: Desk, template: str, *, question: str, trial: Trial | None = None,
    errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    context = desk.shown() | {"question": question, "trial": None, "errors": errors or {}}
    context |= _shown(trial) if trial else {}
    return await render.page(request, template, status=422 if errors else 200, **context)


def _shown(trial: Trial) -> dict[str, Any]:
    return {
        "trial": trial,
        "words": written(trial.draft.text),
        "passages": [(hit, trial.number_of(hit), _parts(hit)) for hit in trial.found.hits],
    }


def _parts(hit: Hit) -> tuple[str, str, str]:
    """Split a passage around the sentences that fit the question best."""
    return hit.text.partition(hit.quote) if hit.quote else (hit.text, "", "")
