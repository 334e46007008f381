"""How candidates see a vacancy, and its interview tried out: a real one that is removed afterwards."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import Locale
from besedka.core.ids import new_id
from besedka.core.markup import to_html
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.products.hiring.interview import is_over
from besedka.products.hiring.pages.recruiter.common import PATH, Desk, Managed, Watched, show
from besedka.products.hiring.pages.recruiter.response import Words, find
from besedka.products.hiring.service import interviews, trying
from besedka.products.hiring.service.vacancies import questions_of
from besedka.products.hiring.types import LONGEST_RESUME
from besedka.web import render

router = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}", route_class=LateRoute)


@router.get("/preview")
async def preview(request: Request, runtime: CurrentRuntime, desk: Watched) -> Response:
    """Show a vacancy as candidates read it and where, and offer its interview to be tried."""
    return await _preview(request, runtime, desk)


async def _preview(
    request: Request, runtime: Runtime, desk: Desk, failure: BesedkaError | None = None
) -> Response:
    careers = f"{runtime.settings.base_url}/careers/{desk.identity.workspace_slug}"
    return await show(
        request, desk, "preview", tab="preview", failure=failure, questions=questions_of(desk.terms),
        description=to_html(desk.terms.description), address=f"{careers}/{desk.vacancy.id}",
    )  # fmt: skip


@router.post("/try")
async def begin(
    request: Request, runtime: CurrentRuntime, desk: Managed, language: Annotated[Locale, Form()],
    resume: Annotated[str, Form(max_length=LONGEST_RESUME)] = "",
) -> Response:  # fmt: skip
    """Begin to try the interview out; what was tried before is removed."""
    try:
        async with runtime.db.fast.transaction(desk.workspace) as conn:
            made = await trying.start(
                runtime, conn, desk.vacancy, by=desk.identity.actor_id, language=language, resume=resume
            )  # fmt: skip
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return await _preview(request, runtime, desk, error)
    talk = await interviews.begin(runtime, desk.workspace, made.id)
    await interviews.ask(runtime, talk)
    return render.redirect(request, desk.path(f"try/{made.id}"))


@router.get("/try/{trial_id}")
async def show_trial(
    request: Request, runtime: CurrentRuntime, desk: Managed, trial_id: UUID
) -> Response:
    """Show an interview that is tried out."""
    return await _trial(request, runtime, desk, trial_id)


@router.post("/try/{trial_id}")
async def answer(
    request: Request, runtime: CurrentRuntime, desk: Managed, trial_id: UUID,
    message: Words,
) -> Response:  # fmt: skip
    """Answer the open question as a candidate would."""
    await _check(runtime, desk, trial_id)
    try:
        talk = await interviews.begin(runtime, desk.workspace, trial_id)
        await interviews.take(runtime, talk, message, key=str(new_id()))
        await interviews.ask(runtime, talk)
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return await _trial(request, runtime, desk, trial_id, failure=error)
    return render.redirect(request, desk.path(f"try/{trial_id}") + "#answer")


@router.post("/try/{trial_id}/end")
async def end(request: Request, runtime: CurrentRuntime, desk: Managed, trial_id: UUID) -> Response:
    """Remove an interview that was tried out."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await trying.end(runtime, conn, trial_id, by=desk.identity.actor_id)
    return render.redirect(request, desk.path("preview"), flash="recruiting.try_gone")


async def _check(runtime: Runtime, desk: Desk, trial_id: UUID) -> None:
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        await trying.get_own(conn, trial_id, by=desk.identity.actor_id)


async def _trial(
    request: Request, runtime: Runtime, desk: Desk, trial_id: UUID, failure: BesedkaError | None = None
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        response = await trying.get_own(conn, trial_id, by=desk.identity.actor_id)
        found = await find(conn, trial_id)
    return await show(
        request,
        desk,
        "try",
        tab="preview",
        failure=failure,
        ended=is_over(response.course),
        **found,
    )
