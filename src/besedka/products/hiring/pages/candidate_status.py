"""A candidate's own page: where the application is, how it was assessed, times to meet, and the way out."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import OwnOrigin
from besedka.kernel.files import service as files
from besedka.kernel.files.deps import hand_out
from besedka.kernel.files.errors import FileNotFound
from besedka.products.hiring import interview
from besedka.products.hiring.meeting import MEDIA_TYPE, SlotState
from besedka.products.hiring.pages.candidate_pass import COOKIE, Candidate, Visit, let_in, speak
from besedka.products.hiring.service import (
    applying,
    candidates,
    decisions,
    interviews,
    keeping,
    links,
    responses,
    slots,
    vacancies,
)
from besedka.products.hiring.service.interviews import CANDIDATE, Deed
from besedka.products.hiring.types import Response as Application
from besedka.products.hiring.types import Status, Step, VacancyStatus
from besedka.web import render

router = APIRouter(route_class=LateRoute)

HOME: Final = links.PATH
LONGEST_CONTEST: Final = 4_000


def home_of(visit: Visit) -> str:
    """Return the address of an application's page."""
    return HOME.format(response_id=visit.response_id)


@router.get(HOME)
async def show(visit: Candidate, request: Request, runtime: CurrentRuntime) -> Response:
    """Show where an application is. A letter's link is remembered and leaves the address."""
    if "key" in request.query_params:
        return let_in(runtime, RedirectResponse(home_of(visit), 303), visit.response_id)
    return await _page(request, runtime, visit)


async def _page(
    request: Request, runtime: Runtime, visit: Visit, *, failure: BesedkaError | None = None, contest: str = ""
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
        vacancy = await vacancies.get_any(conn, found.vacancy_id)
        card = await accounts.get_workspace(conn)
        who = await candidates.get_candidate(conn, found.candidate_id)
        offered = await slots.list_slots(conn, found.id)
        given: dict[str, object] = {
            "answers": await responses.answers_of(conn, found.id), "decisions": await decisions.list_told(conn, found.id),
            "contests": await decisions.list_contests(conn, found.id), "consent": await responses.consent_of(conn, found.id),
            "sent": await applying.sent_with(conn, found.id),
        }  # fmt: skip
    speak(request, found.language)
    shut = vacancy.terms.status is VacancyStatus.CLOSED
    return await render.page(
        request, "hiring/status.html", status=failure.status if failure else 200, application=found, vacancy=vacancy,
        firm=card, person=who.person, home=home_of(visit), is_over=interview.is_over(found.course), is_shut=shut,
        asked={each.key: each.text for each in found.questions}, reasons=_reasons(request, found),
        offered=offered, may_contest=found.course.step in {Step.DECIDED, Step.NOTIFIED}, contest=contest,
        taken=next((each for each in offered if each.state is SlotState.TAKEN), None),
        may_choose=found.status not in {Status.REJECTED, Status.WITHDRAWN},
        failure=words_of(locale_of(request), failure) if failure else "", **given,
    )  # fmt: skip


def _reasons(request: Request, found: Application) -> list[str]:
    """Return in words why something was recommended."""
    locale = locale_of(request)
    given = found.outcome.reasons if found.outcome else ()
    return [text(locale, f"hiring.reason_{each.code}", about=each.about) for each in given]


@router.post(f"{HOME}/contest")
async def contest(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin,
    words: Annotated[str, Form(max_length=LONGEST_CONTEST)] = "",
) -> Response:  # fmt: skip
    """Let a person look again."""
    if not words.strip():
        return RedirectResponse(f"{home_of(visit)}#contest", 303)
    try:
        async with runtime.db.fast.transaction(visit.workspace) as conn:
            await decisions.contest(conn, visit.response_id, words.strip())
    except BesedkaError as error:
        return await _page(request, runtime, visit, failure=error, contest=words)
    return render.redirect(request, home_of(visit), flash="hiring.status_contested")


@router.post(f"{HOME}/withdraw")
async def withdraw(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin
) -> Response:
    """Take the application back."""
    try:
        async with runtime.db.fast.transaction(visit.workspace) as conn:
            await interviews.act(conn, visit.response_id, Deed.WITHDRAW, by=CANDIDATE)
    except BesedkaError as error:
        return await _page(request, runtime, visit, failure=error)
    return render.redirect(request, home_of(visit), flash="hiring.status_was_withdrawn")


@router.post(f"{HOME}/times")
async def choose(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin, slot: Annotated[UUID, Form()]
) -> Response:  # fmt: skip
    """Choose a time to meet, or another one."""
    try:
        async with runtime.db.fast.transaction(visit.workspace) as conn:
            await slots.choose(runtime, conn, visit.response_id, slot)
    except BesedkaError as error:
        return await _page(request, runtime, visit, failure=error)
    return render.redirect(request, f"{home_of(visit)}#times", flash="hiring.time_chosen")


@router.get(f"{HOME}/meeting.ics")
async def meeting(visit: Candidate, runtime: CurrentRuntime) -> Response:
    """Give the chosen time to a calendar."""
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
        event = await slots.in_calendar(
            runtime, conn, found, await slots.taken(conn, visit.response_id)
        )
    headers = {"Content-Disposition": 'attachment; filename="meeting.ics"'}
    return Response(event, media_type=MEDIA_TYPE, headers=headers)


@router.get(f"{HOME}/resume")
async def resume(visit: Candidate, request: Request, runtime: CurrentRuntime) -> Response:
    """Give the candidate the résumé that they sent."""
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        sent = await applying.sent_with(conn, visit.response_id)
    if sent is None or sent.file_id is None:
        raise FileNotFound
    return hand_out(request, await files.open_file(runtime, visit.workspace, sent.file_id))


@router.get(f"{HOME}/export.json")
async def export(visit: Candidate, runtime: CurrentRuntime) -> Response:
    """Give the candidate all that is kept."""
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        kept = await keeping.export(conn, visit.response_id)
    headers = {"Content-Disposition": 'attachment; filename="application.json"'}
    return JSONResponse(dict(kept), headers=headers)


@router.post(f"{HOME}/erase")
async def erase(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin, sure: Annotated[str, Form()] = ""
) -> Response:  # fmt: skip
    """Forget the candidate in this company, once they are sure."""
    if sure != "true":
        return RedirectResponse(f"{home_of(visit)}#erase", 303)
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
        card = await accounts.get_workspace(conn)
    await keeping.erase(runtime, visit.workspace, found.candidate_id, by=None)
    speak(request, found.language)
    gone = await render.page(request, "hiring/status_gone.html", firm=card)
    gone.delete_cookie(COOKIE, path=home_of(visit))
    return gone
