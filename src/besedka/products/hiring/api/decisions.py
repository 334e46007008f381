"""What people decide on applications, and the letters that tell it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require_confirmed
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.hiring.deciding import (
    ContestRead,
    DecisionCreate,
    DecisionRead,
    DraftRead,
    FunnelRead,
    LetterCreate,
    LetterRead,
    NoteCreate,
    NoteRead,
)
from besedka.products.hiring.deps import Recruiter, Viewer
from besedka.products.hiring.service import board, decisions, keeping, letters, responses
from besedka.products.hiring.types import LetterKind

router = APIRouter(tags=["hiring"], route_class=KeyedRoute)

RESPONSE = "/responses/{response_id}"


@router.get(f"{RESPONSE}/decisions", summary="Decisions", responses=problems(404, 422))
async def list_decisions(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[DecisionRead]:
    """List the decisions on an application, the oldest first: who decided what, why, and against which recommendation."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await responses.get_response(conn, response_id)
        found = await decisions.list_decisions(conn, response_id)
    return [DecisionRead.of(each) for each in found]


@router.post(
    f"{RESPONSE}/decisions", status_code=201, summary="Decide", responses=problems(404, 409, 422)
)
async def decide(
    response_id: UUID, body: DecisionCreate, runtime: CurrentRuntime, identity: Recruiter
) -> list[DecisionRead]:
    """Decide, with a reason. Who has not seen the last decision is told of it with 409."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await decisions.decide(
            conn, response_id, body.decision, reason=body.reason, by=identity.actor_id, seen=body.seen
        )  # fmt: skip
    return [DecisionRead.of(each) for each in found]


@router.delete(
    f"{RESPONSE}/decisions/{{hiring_decision_id}}", summary="Take a decision back", responses=problems(404, 409, 422)
)  # fmt: skip
async def reopen(
    response_id: UUID, hiring_decision_id: UUID, runtime: CurrentRuntime, identity: Recruiter
) -> list[DecisionRead]:
    """Take back the last decision before its letter has left: the letter stays, the application goes back to review."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await decisions.reopen(
            conn, response_id, by=identity.actor_id, seen=hiring_decision_id
        )
    return [DecisionRead.of(each) for each in found]


@router.get(f"{RESPONSE}/contests", summary="What the candidate contests", responses=problems(404, 422))  # fmt: skip
async def list_contests(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[ContestRead]:
    """List what the candidate said against decisions, the oldest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await responses.get_response(conn, response_id)
        found = await decisions.list_contests(conn, response_id)
    return [ContestRead.of(each) for each in found]


@router.get(f"{RESPONSE}/letters/proposed", summary="Preview a letter", responses=problems(404, 422))  # fmt: skip
async def propose_letter(
    response_id: UUID, kind: Annotated[LetterKind, Query()], runtime: CurrentRuntime, identity: Viewer
) -> DraftRead:  # fmt: skip
    """Return the words that a letter may have, in the candidate's language."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        draft = await letters.propose(conn, response_id, kind)
    return DraftRead.model_validate(draft)


@router.get(f"{RESPONSE}/letters", summary="Letters", responses=problems(404, 422))
async def list_letters(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[LetterRead]:
    """List the letters about an application, the oldest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await responses.get_response(conn, response_id)
        found = await letters.list_letters(conn, response_id)
    return [LetterRead.of(each) for each in found]


@router.post(
    f"{RESPONSE}/letters", status_code=201, summary="Write a letter", responses=problems(404, 409, 422)
)  # fmt: skip
async def write_letter(
    response_id: UUID, body: LetterCreate, runtime: CurrentRuntime, identity: Recruiter
) -> LetterRead:
    """Write a letter that fits the decision; it leaves after the delay, and can be taken back until then."""
    require_confirmed(identity)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await letters.write(
            conn, response_id, body.draft(), by=identity.actor_id,
            delay=timedelta(minutes=body.delay_minutes),
        )  # fmt: skip
    return LetterRead.of(made)


@router.delete(
    f"{RESPONSE}/letters/{{hiring_letter_id}}", status_code=204, summary="Take a letter back",
    responses=problems(404, 422),
)  # fmt: skip
async def take_letter_back(
    response_id: UUID, hiring_letter_id: UUID, runtime: CurrentRuntime, identity: Recruiter
) -> None:
    """Take a letter back that has not left."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await letters.take_back(conn, response_id, hiring_letter_id)


@router.get(f"{RESPONSE}/notes", summary="Notes", responses=problems(404, 422))
async def list_notes(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[NoteRead]:
    """List what colleagues wrote about an application, the newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await responses.get_response(conn, response_id)
        found = await board.list_notes(conn, response_id)
    return [NoteRead.of(each) for each in found]


@router.post(f"{RESPONSE}/notes", status_code=201, summary="Write a note", responses=problems(404, 422))  # fmt: skip
async def write_note(
    response_id: UUID, body: NoteCreate, runtime: CurrentRuntime, identity: Recruiter
) -> list[NoteRead]:
    """Tell colleagues something; the candidate gets it only with an export of all that is kept."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await board.add_note(conn, response_id, body.text, by=identity.actor_id)
        found = await board.list_notes(conn, response_id)
    return [NoteRead.of(each) for each in found]


@router.get("/vacancies/{vacancy_id}/funnel", summary="The funnel", responses=problems(404, 422))
async def get_funnel(vacancy_id: UUID, runtime: CurrentRuntime, identity: Viewer) -> FunnelRead:
    """Return how far applications for a vacancy come, and at which questions interviews stop."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return FunnelRead.of(await board.funnel(conn, vacancy_id))


@router.delete(
    "/candidates/{candidate_id}", status_code=204, summary="Erase a candidate", responses=problems(404, 422)
)  # fmt: skip
async def erase_candidate(candidate_id: UUID, runtime: CurrentRuntime, identity: Recruiter) -> None:
    """Forget a candidate in this company, with their applications and what they wrote."""
    await keeping.erase(runtime, identity.workspace_id, candidate_id, by=identity.actor_id)
