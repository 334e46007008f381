"""What a candidate may do with their own application, with its token (or their own) as a bearer."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import JsonValue

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.hiring.deciding import ContestCreate, ExplanationRead, ToldDecision
from besedka.products.hiring.deps import Applicant
from besedka.products.hiring.schemas import AnswerRead, OutcomeRead, ResponseRead
from besedka.products.hiring.service import decisions, interviews, keeping, responses
from besedka.products.hiring.service.interviews import CANDIDATE, Deed
from besedka.products.hiring.types import Step

router = APIRouter(prefix="/responses/{response_id}", tags=["hiring"], route_class=KeyedRoute)

ASKS = problems(401, 404, 422, 429)
CHANGES = problems(401, 404, 409, 422, 429)


@router.get("/explanation", summary="How an application was assessed", responses=ASKS)
async def explain(
    response_id: UUID, workspace: Applicant, runtime: CurrentRuntime, locale: CurrentLocale
) -> ExplanationRead:
    """Return how the answers were weighed, which of the candidate's own words counted, and what a person decided."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await responses.get_response(conn, response_id)
        answers = await responses.answers_of(conn, response_id)
        decided = await decisions.list_told(conn, response_id)
        consent = await responses.consent_of(conn, response_id)
    return ExplanationRead(
        status=found.status, language=found.language, consent_text=consent, consented_at=found.consented_at,
        answers=[AnswerRead(question=each.question, text=each.text) for each in answers],
        outcome=OutcomeRead.of(found.outcome, locale) if found.outcome else None,
        decisions=[ToldDecision.told(each) for each in decided],
        may_contest=found.course.step in {Step.DECIDED, Step.NOTIFIED},
    )  # fmt: skip


@router.post("/contest", status_code=201, summary="Contest a decision", responses=CHANGES)
async def contest(
    response_id: UUID, body: ContestCreate, workspace: Applicant, runtime: CurrentRuntime
) -> ResponseRead:
    """Say what is wrong with a decision: the application goes back to a person."""
    async with runtime.db.fast.transaction(workspace) as conn:
        return ResponseRead.of(await decisions.contest(conn, response_id, body.text))


@router.post("/pause", summary="Pause an interview", responses=CHANGES)
async def pause(response_id: UUID, workspace: Applicant, runtime: CurrentRuntime) -> ResponseRead:
    """Go on later: coming back to the interview continues at the same question."""
    async with runtime.db.fast.transaction(workspace) as conn:
        found = await interviews.act(conn, response_id, Deed.PAUSE, by=CANDIDATE)
    return ResponseRead.of(found)


@router.post("/withdraw", summary="Withdraw an application", responses=CHANGES)
async def withdraw(
    response_id: UUID, workspace: Applicant, runtime: CurrentRuntime
) -> ResponseRead:
    """Take the application back."""
    async with runtime.db.fast.transaction(workspace) as conn:
        found = await interviews.act(conn, response_id, Deed.WITHDRAW, by=CANDIDATE)
    return ResponseRead.of(found)


@router.get("/export", summary="All that is kept", responses=ASKS)
async def export(
    response_id: UUID, workspace: Applicant, runtime: CurrentRuntime
) -> dict[str, JsonValue]:
    """Return all that the company keeps of the application."""
    async with runtime.db.fast.acquire(workspace) as conn:
        return dict(await keeping.export(conn, response_id))


@router.delete("", status_code=204, summary="Be forgotten", responses=ASKS)
async def erase(response_id: UUID, workspace: Applicant, runtime: CurrentRuntime) -> None:
    """Be forgotten by the company: who one is, what one wrote, and all one's applications there."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await responses.get_response(conn, response_id)
    await keeping.erase(runtime, workspace, found.candidate_id, by=None)
