"""Trying an assistant out."""

from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from besedka.core import markup
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.kernel.knowledge.types import Hit
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Desk, Shown, Words
from besedka.products.assistants.schemas import AskCreate
from besedka.products.assistants.service import Trial
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/try")

LONGEST_SUGGESTION = 500


@router.get("")
async def show(request: Request, desk: Shown, q: str = "") -> Response:
    """Show the field for a test question; `q` fills it."""
    return await _page(request, desk, question=q[:LONGEST_SUGGESTION])


@router.post("")
async def ask(
    request: Request, runtime: CurrentRuntime, desk: Shown, locale: CurrentLocale, question: Words = ""
) -> Response:  # fmt: skip
    """Ask, and show the answer with what it stands on; htmx gets that part alone."""
    try:
        given = checked(AskCreate, {"question": question}, locale=locale)
    except Wrong as wrong:
        return await _page(request, desk, question=question, errors=dict(wrong.errors))
    trial = await service.try_question(
        runtime, desk.workspace, desk.who.id, given.question, locale=locale
    )
    if render.is_htmx(request):
        context = desk.shown() | _shown(trial) | {"question": given.question}
        return await render.page(request, "assistants/answer.html", **context)
    return await _page(request, desk, question=question, trial=trial)


async def _page(
    request: Request, desk: Desk, *, question: str, trial: Trial | None = None,
    errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    context = desk.shown() | {"question": question, "trial": None, "errors": errors or {}}
    context |= _shown(trial) if trial else {}
    return await render.page(
        request, "assistants/try.html", status=422 if errors else 200, **context
    )


def _shown(trial: Trial) -> dict[str, Any]:
    return {
        "trial": trial,
        "words": Markup(markup.to_html(trial.draft.text)),  # noqa: S704 - to_html lets only its allow-list through
        "passages": [(hit, trial.number_of(hit), _parts(hit)) for hit in trial.found.hits],
    }


def _parts(hit: Hit) -> tuple[str, str, str]:
    """Split a passage around the sentences that fit the question best."""
    return hit.text.partition(hit.quote) if hit.quote else (hit.text, "", "")
