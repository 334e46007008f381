"""`/responses`: applications. The random id of one shows where it is; the employer reads and guides them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi import Response as HttpResponse
from pydantic import StringConstraints

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.ids import new_id
from besedka.core.pagination import add_next
from besedka.core.schemas import Write, problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations import service as conversations
from besedka.products.hiring.deps import Recruiter, Viewer, WithinLimits
from besedka.products.hiring.schemas import (
    AnswerRead,
    OwnResponseRead,
    ResponseCreate,
    ResponseDetails,
    ResponseMade,
    ResponseQuery,
    ResponseRead,
    cursor_after,
)
from besedka.products.hiring.service import interviews, responses
from besedka.products.hiring.service.interviews import Deed
from besedka.products.hiring.types import LONGEST_ANSWER

router = APIRouter(prefix="/responses", tags=["hiring"], route_class=KeyedRoute)

JSON = "application/json"
AfterSeq = Annotated[int, Query(ge=0, lt=2**62)]


class Words(Write):
    """What a person says to a candidate."""

    message: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ANSWER)]


@router.post(
    "", status_code=201, summary="Apply", responses=problems(404, 409, 422, 429), dependencies=[WithinLimits]
)  # fmt: skip
async def create_response(body: ResponseCreate, runtime: CurrentRuntime) -> ResponseMade:
    """Apply for a vacancy; applying again gives the same application."""
    applied = await responses.apply(
        runtime, body.vacancy_id, body.candidate_id, language=body.language
    )
    return ResponseMade.made(applied.response, applied.token)


@router.get("", summary="Applications", responses=problems(422))
async def list_responses(
    request: Request, response: HttpResponse, runtime: CurrentRuntime, identity: Viewer, locale: CurrentLocale,
    query: Annotated[ResponseQuery, Query()],
) -> list[OwnResponseRead]:  # fmt: skip
    """List applications to the company. `status=review` is the queue of what a person has to decide."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await responses.list_responses(conn, query.wanted())
    last = found[-1] if len(found) == query.limit else None
    add_next(request, response, {"before": cursor_after(last, query.sort)} if last else None)
    return [OwnResponseRead.shown(each, locale) for each in found]


@router.get(
    "/{response_id}", summary="Where an application is", responses=problems(404, 422, 429), dependencies=[WithinLimits]
)  # fmt: skip
async def get_response(response_id: UUID, runtime: CurrentRuntime) -> ResponseRead:
    """Return an application's status to whoever has its id."""
    workspace = await responses.find_workspace(runtime, response_id)
    async with runtime.db.fast.acquire(workspace) as conn:
        return ResponseRead.of(await responses.get_response(conn, response_id))


@router.get("/{response_id}/details", summary="An application", responses=problems(404, 422))
async def get_details(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer, locale: CurrentLocale
) -> ResponseDetails:
    """Return an application with its answers, how they were weighed, and the steps of the interview."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entry = await responses.get_entry(conn, response_id)
        answers = await responses.answers_of(conn, response_id)
        history = await responses.course_of(conn, response_id)
    said = [AnswerRead(question=each.question, text=each.text) for each in answers]
    return ResponseDetails.whole(entry, locale, answers=said, history=history)


@router.get("/{response_id}/messages", summary="An interview", responses=problems(404, 422))
async def list_messages(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer, after_seq: AfterSeq = 0
) -> HttpResponse:
    """Return the messages of an interview, the oldest first, at most 200."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await responses.get_response(conn, response_id)
        said = await responses.messages_of(conn, found, after_seq=after_seq)
    return HttpResponse(conversations.messages_bytes(said), media_type=JSON)


@router.post(
    "/{response_id}/take-over", summary="Take an interview over", responses=problems(404, 409, 422)
)
async def take_over(
    response_id: UUID, runtime: CurrentRuntime, identity: Recruiter
) -> ResponseRead:
    """Let a person go on instead of the questions."""
    return await _act(runtime, identity, response_id, Deed.TAKE_OVER)


@router.post(
    "/{response_id}/hand-back", summary="Hand an interview back", responses=problems(404, 409, 422)
)
async def hand_back(
    response_id: UUID, runtime: CurrentRuntime, identity: Recruiter
) -> ResponseRead:
    """Let the questions go on where a person took over."""
    return await _act(runtime, identity, response_id, Deed.HAND_BACK)


@router.post(
    "/{response_id}/messages", status_code=201, summary="Say something to a candidate",
    responses=problems(404, 409, 422),
)  # fmt: skip
async def write(
    response_id: UUID, body: Words, runtime: CurrentRuntime, identity: Recruiter
) -> HttpResponse:  # fmt: skip
    """Say something as the person who took the interview over; an open interview shows it within a second."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await responses.get_response(conn, response_id)
    said = await interviews.write(
        runtime, found, body.message, by=identity.actor_id, key=str(new_id())
    )
    return HttpResponse(conversations.message_bytes(said), 201, media_type=JSON)


async def _act(
    runtime: CurrentRuntime, identity: Recruiter, response_id: UUID, deed: Deed
) -> ResponseRead:
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await interviews.act(conn, response_id, deed, by=str(identity.actor_id))
    return ResponseRead.of(found)
