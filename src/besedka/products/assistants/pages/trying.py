"""Trying an assistant out."""

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from besedka.core import markup
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.i18n import text
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Assistant
from besedka.kernel.knowledge.types import Hit
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Reader, Shown, Words
from besedka.products.assistants.schemas import AskCreate
from besedka.products.assistants.service import Trial
from besedka.web import render

router = APIRouter(prefix=PATH)


@router.get("/{assistant_id}/try")
async def show(request: Request, identity: Reader, who: Shown, q: str = "") -> Response:
    """Show the field for a test question; `q` fills it."""
    return await _page(request, identity, who, question=q[:500])


@router.post("/{assistant_id}/try")
async def ask(
    request: Request, runtime: CurrentRuntime, identity: Reader, who: Shown, locale: CurrentLocale,
    question: Words = "",
) -> Response:  # fmt: skip
    """Ask, and show the answer with what it stands on; htmx gets that part alone."""
    try:
        given = checked(AskCreate, {"question": question}, locale)
    except Wrong as wrong:
        return await _page(request, identity, who, question=question, errors=dict(wrong.errors))
    trial = await service.try_question(
        runtime, identity.workspace_id, who.id, given.question, locale=locale
    )
    if render.is_htmx(request):
        return await render.page(request, "assistants/answer.html", **_shown(identity, trial))
    return await _page(request, identity, who, question=question, trial=trial)


async def _page(
    request: Request, identity: Identity, who: Assistant, *, question: str, trial: Trial | None = None,
    errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    shown = {"trial": None} if trial is None else _shown(identity, trial)
    return await render.page(
        request, "assistants/try.html", status=422 if errors else 200, errors=errors or {},
        question=question, **{"who": who, "may_manage": identity.may(ASSISTANTS_MANAGE)} | shown,
    )  # fmt: skip


def _shown(identity: Identity, trial: Trial) -> dict[str, object]:
    locale = trial.draft.locale
    return {
        "who": trial.who,
        "trial": trial,
        "said": Markup(markup.to_html(trial.draft.text)),  # noqa: S704 - to_html lets only its allow-list through
        "passages": [(hit, trial.number_of(hit), _parts(hit)) for hit in trial.found.hits],
        "spoken": text(locale, f"assistants.language_{locale}"),
        "may_manage": identity.may(ASSISTANTS_MANAGE),
    }


def _parts(hit: Hit) -> tuple[str, str, str]:
    """Split a passage around the sentences that fit the question best."""
    before, quote, after = hit.text.partition(hit.quote) if hit.quote else (hit.text, "", "")
    return before, quote, after
