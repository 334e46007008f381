"""The interview as a page: plain forms, which a script turns into a live conversation."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import JsonValue
from starlette.responses import RedirectResponse

from besedka.core.deps import CurrentRuntime
from besedka.core.i18n import Locale, locale_of, text
from besedka.core.ids import new_id
from besedka.core.problems import from_error
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import OwnOrigin
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Message
from besedka.products.hiring import interview
from besedka.products.hiring.errors import BadFrame, InterviewOver
from besedka.products.hiring.pages.candidate_pass import Candidate, Visit, speak
from besedka.products.hiring.pages.candidate_status import HOME, home_of
from besedka.products.hiring.service import interviews, responses, vacancies
from besedka.products.hiring.service.interviews import CANDIDATE, PUBLIC, SAYS, Deed
from besedka.products.hiring.types import (
    LONGEST_ANSWER,
    Question,
    QuestionKind,
    Step,
    VacancyStatus,
)
from besedka.products.hiring.types import Response as Application
from besedka.web import render

router = APIRouter(route_class=LateRoute)

INTERVIEW: Final = f"{HOME}/interview"
MOST_SHOWN: Final = 200
WORDS: Final = (
    "progress", "person", "pause", "paused", "resume", "human", "over",
    "withdrawn", "send", "write", "number", "choose", "lost", "bot",
    "log", "status",
)  # fmt: skip
"""What the script says by itself, as `hiring.talk_…`."""

Key = Annotated[str, Form(max_length=100)]


@router.get(INTERVIEW)
async def show(visit: Candidate, request: Request, runtime: CurrentRuntime) -> Response:
    """Show the interview: what was said, and the question that is open."""
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
        vacancy = await vacancies.get_any(conn, found.vacancy_id)
        card = await accounts.get_workspace(conn)
        said = await conversations.page(
            conn, found.conversation_id, viewer=PUBLIC, limit=MOST_SHOWN
        )
    speak(request, found.language)
    locale, said = locale_of(request), said[::-1]
    return await render.page(
        request, "hiring/interview.html", application=found, vacancy=vacancy, firm=card, home=home_of(visit),
        state=state_of(found), transcript=said, page=_told(found, said), words=_words(locale), key=str(new_id()),
        is_shut=vacancy.terms.status is VacancyStatus.CLOSED,
    )  # fmt: skip


def state_of(found: Application) -> Mapping[str, JsonValue]:
    """Return what an interview waits for."""
    course, of = found.course, len(found.questions)
    is_open = course.step in interview.GOING and course.step is not Step.CREATED
    question = found.questions[course.at] if is_open else None
    return {
        "step": course.step.value, "at": min(course.at + 1, of), "of": of, "over": interview.is_over(course),
        "paused": course.step in interview.PAUSES, "human": course.step is Step.HUMAN, "fresh": course.step is Step.CREATED,
        "kind": question.kind.value if question else "", "key": question.key if question else "",
        "question": question.text if question else "",
        "options": _options(question, found.language) if question else [],
    }  # fmt: skip


def _options(question: Question, language: Locale) -> list[JsonValue]:
    """Return what can be answered with one touch."""
    if question.kind is QuestionKind.YES_NO:
        return [text(language, "hiring.word_yes"), text(language, "hiring.word_no")]
    return list(question.options)


def _words(locale: Locale) -> dict[str, str]:
    return {word: text(locale, f"hiring.talk_{word}") for word in WORDS}


def _told(found: Application, said: Sequence[Message]) -> str:
    """Return state and messages as JSON."""
    state = json.dumps(state_of(found), ensure_ascii=False)
    return f'{{"state":{state},"messages":{conversations.messages_bytes(said).decode()}}}'


@router.get(f"{INTERVIEW}/talk")
async def talk(
    visit: Candidate, runtime: CurrentRuntime, after: Annotated[int, Query(ge=0, lt=2**62)] = 0
) -> Response:
    """Return what was said after a message, and what the interview waits for."""
    return await _news(runtime, visit, after)


async def _news(runtime: Runtime, visit: Visit, after: int) -> Response:
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
        said = await conversations.page(
            conn, found.conversation_id, viewer=PUBLIC, after_seq=after, limit=MOST_SHOWN
        )
    return Response(_told(found, said), media_type="application/json")


@router.post(f"{INTERVIEW}/begin")
async def begin(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin
) -> Response:
    """Begin, or go on after a pause: the open question stands there then."""
    opened = await interviews.begin(runtime, visit.workspace, visit.response_id)
    await interviews.ask(runtime, opened)
    return await _then(request, runtime, visit)


@router.post(f"{INTERVIEW}/answer")
async def answer(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin,
    message: Annotated[str, Form()] = "", key: Key = "",
) -> Response:  # fmt: skip
    """Answer the open question, or say something to the person who has the interview."""
    words = message.strip()
    if words:
        try:
            await _say(runtime, visit, words, key=key or str(new_id()))
        except (InterviewOver, BadFrame) as error:
            if _is_script(request):
                return from_error(request, error).as_json()
    return await _then(request, runtime, visit)


@router.post(f"{INTERVIEW}/person")
async def ask_for_a_person(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin, key: Key = ""
) -> Response:
    """Let a person go on instead of the questions."""
    async with runtime.db.fast.acquire(visit.workspace) as conn:
        found = await responses.get_response(conn, visit.response_id)
    if found.course.step is not Step.HUMAN and not interview.is_over(found.course):
        words = text(found.language, "hiring.person_word")
        await _say(runtime, visit, words, key=key or str(new_id()))
    return await _then(request, runtime, visit)


@router.post(f"{INTERVIEW}/pause")
async def pause(
    visit: Candidate, request: Request, runtime: CurrentRuntime, _own: OwnOrigin
) -> Response:
    """Stop for a while; coming back goes on at the same question."""
    async with runtime.db.fast.transaction(visit.workspace) as conn:
        await interviews.act(conn, visit.response_id, Deed.PAUSE, by=CANDIDATE)
    return await _then(request, runtime, visit)


async def _say(runtime: Runtime, visit: Visit, words: str, *, key: str) -> None:
    if len(words) > LONGEST_ANSWER:
        raise BadFrame
    await runtime.limiter.hit(SAYS, "interview-says", str(visit.response_id))
    opened = await interviews.begin(runtime, visit.workspace, visit.response_id)
    before = opened.response.course.step
    await interviews.take(runtime, opened, words, key=key)
    await interviews.go_on(runtime, opened, before=before)


def _is_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _then(request: Request, runtime: Runtime, visit: Visit) -> Response:
    """Show the interview as it is then; a script asks for nothing but the news."""
    if _is_script(request):
        after = request.query_params.get("after", "0")
        return await _news(
            runtime,
            visit,
            int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0,
        )
    return RedirectResponse(f"{home_of(visit)}/interview#now", 303)
