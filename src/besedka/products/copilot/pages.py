"""The summary beside a dialog of the inbox: a part of its page that comes by itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, ConversationId
from besedka.kernel.llm.errors import LlmError, NoProvider
from besedka.products.copilot import service
from besedka.products.copilot.errors import NothingSaid
from besedka.products.copilot.types import LIMIT, Summary
from besedka.web import render

PATH = "/dashboard/copilot"
router = APIRouter(prefix=PATH, route_class=LateRoute)

Reader = Annotated[Identity, Depends(require_on_page(STAFF_READS))]
Writer = Annotated[Identity, Depends(require_on_page(STAFF_WRITES))]


@router.get("/{dialog_id}/summary")
async def show_summary(
    request: Request, dialog_id: ConversationId, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Show the summary that is kept of a dialog, and the way to a new one; nothing where there is no model."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.find_summary(conn, dialog_id)
    return await _card(request, runtime, identity, dialog_id, summary=found)


@router.post("/{dialog_id}/summary")
async def make_summary(
    request: Request, dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer,
    locale: CurrentLocale,
) -> Response:  # fmt: skip
    """Sum the dialog up and show that; without a script the inbox is shown again."""
    await runtime.limiter.hit(LIMIT, "copilot", str(identity.actor_id))
    summary, failure = None, ""
    try:
        summary = await service.summarize(runtime, identity.workspace_id, dialog_id, locale=locale)
    except (LlmError, NoProvider, NothingSaid) as error:
        failure = words_of(locale, error)
    if not render.is_htmx(request):
        return render.redirect(request, f"/dashboard/inbox/{dialog_id}?pane=context")
    return await _card(request, runtime, identity, dialog_id, summary=summary, failure=failure)


async def _card(
    request: Request, runtime: CurrentRuntime, identity: Identity, dialog_id: ConversationId, *,
    summary: Summary | None, failure: str = "",
) -> Response:  # fmt: skip
    return await render.page(
        request, "copilot/summary.html", summary=summary, failure=failure, dialog_id=dialog_id,
        has_model=await service.has_model(runtime, identity.workspace_id),
        may_write=identity.may(STAFF_WRITES),
    )  # fmt: skip
