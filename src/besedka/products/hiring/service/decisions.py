"""Decisions: a named person's, with a reason. Whoever decides says which decision they have seen, so that of two at once one wins."""

from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations import service as conversations
from besedka.products.hiring import interview
from besedka.products.hiring.errors import DecidedMeanwhile, HiringDecisionNotFound, StepRefused
from besedka.products.hiring.repository.decisions import DecisionRepository, HiringLetters
from besedka.products.hiring.service.interviews import CANDIDATE, locked, store
from besedka.products.hiring.types import Contest, Decision, Response, Status, Step, Verdict


async def decide(
    conn: TenantConn, response_id: UUID, verdict: Verdict, *, reason: str, by: ActorId, seen: UUID | None
) -> list[Decision]:  # fmt: skip
    """Decide on an application, `seen` being the last decision that one knows of; returns all of them.

    Raises ResponseNotFound, DecidedMeanwhile, StepRefused for a withdrawn one.
    """
    conversations.check_text(reason)
    response = await locked(conn, response_id)
    decisions = DecisionRepository(conn, response_id)
    await _check_seen(decisions, seen)
    move = interview.decide(response.course)
    if not move.passed:
        raise StepRefused(step=response.course.step)
    recommended = response.outcome.approved if response.outcome else None
    await store(conn, response, move, by=str(by), status=Status(verdict.value))
    await decisions.insert(verdict, reason=reason, by=by, recommended=recommended)
    await audit.record(
        conn, actor_id=by, action="hiring.decide", target_type="response", target_id=response_id,
        detail={"decision": verdict.value, "recommended": recommended},
    )  # fmt: skip
    return await decisions.list_all()


async def reopen(conn: TenantConn, response_id: UUID, *, by: ActorId, seen: UUID) -> list[Decision]:
    """Take back the last decision, `seen`, with its letter, before the candidate was told; returns all decisions.

    Raises ResponseNotFound, HiringDecisionNotFound, DecidedMeanwhile, StepRefused when the candidate was told.
    """
    response = await locked(conn, response_id)
    decisions = DecisionRepository(conn, response_id)
    if all(each.id != seen for each in await decisions.list_all()):
        raise HiringDecisionNotFound
    await _check_seen(decisions, seen)
    move = interview.reopen(response.course)
    if not move.passed:
        raise StepRefused(step=response.course.step)
    recommended = response.outcome.approved if response.outcome else None
    await store(conn, response, move, by=str(by), status=Status.REVIEW)
    await decisions.insert(Verdict.REOPENED, reason="", by=by, recommended=recommended)
    await HiringLetters(conn).cancel_waiting(response_id)
    await audit.record(
        conn, actor_id=by, action="hiring.reopen", target_type="response", target_id=response_id
    )
    return await decisions.list_all()


async def _check_seen(decisions: DecisionRepository, seen: UUID | None) -> None:
    """Refuse whoever does not know of the last decision. Raises DecidedMeanwhile."""
    before = await decisions.list_all()
    last = before[-1] if before else None
    if last is not None and last.id != seen:
        raise DecidedMeanwhile(by=last.decider, decision=last.verdict.value, id=str(last.id))


async def list_decisions(conn: TenantConn, response_id: UUID) -> list[Decision]:
    """Return the decisions on an application, the oldest first."""
    return await DecisionRepository(conn, response_id).list_all()


async def list_told(conn: TenantConn, response_id: UUID) -> list[Decision]:
    """Return the decisions that a candidate reads: without one that was taken back before they were told, and those before it."""
    found = await list_decisions(conn, response_id)
    taken_back = [place for place, each in enumerate(found, 1) if each.verdict is Verdict.REOPENED]
    return found[taken_back[-1] :] if taken_back else found


async def list_contests(conn: TenantConn, response_id: UUID) -> list[Contest]:
    """Return what the candidate said against decisions, the oldest first."""
    return await DecisionRepository(conn, response_id).contests()


async def contest(conn: TenantConn, response_id: UUID, body: str) -> Response:
    """Let a person look again: what the candidate says goes with it into the queue. Raises StepRefused."""
    conversations.check_text(body)
    response = await locked(conn, response_id)
    move = interview.contest(response.course)
    if move.course.step is not Step.REVIEW or not move.passed:
        raise StepRefused(step=response.course.step)
    await DecisionRepository(conn, response_id).contest(body)
    return await store(conn, response, move, by=CANDIDATE)
