"""Why an answer is as it is, and what should have been said."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE
from besedka.kernel.knowledge import service as knowledge
from besedka.products.assistants import service
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Manager, Reader, Words, written
from besedka.products.assistants.schemas import CorrectionCreate
from besedka.web import render

router = APIRouter(prefix=PATH + "/runs/{run_id}", route_class=LateRoute)


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, identity: Reader, run_id: UUID
) -> Response:
    """Show what an answer was made from."""
    return await _page(request, runtime, identity, run_id)


@router.post("/correction")
async def correct(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale, run_id: UUID,
    question: Words = "", answer: Words = "",
) -> Response:  # fmt: skip
    """Make a question–answer pair of what should have been said."""
    typed = {"question": question, "answer": answer}
    try:
        given = checked(CorrectionCreate, typed, locale=locale)
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.correct(
                conn, run_id, question=given.question, answer=given.answer, author=identity.actor_id
            )  # fmt: skip
    except Wrong as wrong:
        return await _page(
            request, runtime, identity, run_id, typed=typed, errors=dict(wrong.errors)
        )
    except BesedkaError as error:
        errors = {"answer": words_of(locale, error)}
        return await _page(request, runtime, identity, run_id, typed=typed, errors=errors)
    return render.redirect(request, f"{PATH}/runs/{run_id}", flash="assistants.corrected_saved")


async def _page(
    request: Request, runtime: CurrentRuntime, identity: Identity, run_id: UUID, *,
    typed: dict[str, str] | None = None, errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        context = await _context(conn, run_id)
    values = typed or {"question": context["question"], "answer": ""}
    return await render.page(
        request, "assistants/why.html", status=422 if errors else 200, values=values, errors=errors or {},
        may_manage=identity.may(ASSISTANTS_MANAGE), **context,
    )  # fmt: skip


async def _context(conn: TenantConn, run_id: UUID) -> dict[str, Any]:
    reply = await service.explain(conn, run_id)
    pair = reply.run["correction_id"]
    found = await knowledge.sources_by_id(conn, [pair]) if isinstance(pair, UUID) else []
    return {
        "who": await answers.find_assistant(conn, ActorId(UUID(str(reply.run["assistant_id"])))),
        "run": reply.run, "passages": reply.passages, "call": reply.call,
        "question": await answers.question_of(conn, run_id) or "",
        "answer": written(await answers.answer_of(conn, run_id) or ""),
        "correction": found[0] if found else None,
    }  # fmt: skip
