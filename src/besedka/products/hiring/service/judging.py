"""Weighing an interview with a model, in a job: between the reading and the writing no transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from besedka.core.clock import now
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.products.hiring import interview, scoring
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.responses import ResponseRepository, last_answers
from besedka.products.hiring.service import reading
from besedka.products.hiring.service.interviews import SYSTEM, locked, store
from besedka.products.hiring.types import Assessed, Outcome, Person, Reader, Response, Step

log = structlog.get_logger(__name__)

NEAR: Final = 0.1
"""A score so near the threshold is read twice more."""


@dataclass(frozen=True, slots=True)
class _Case:
    response: Response
    person: Person
    texts: scoring.Texts

    def weigh(self, assessed: Mapping[str, Assessed]) -> Outcome:
        response = self.response
        return scoring.weigh(
            response.rubric, response.questions, texts=self.texts, location=response.location, year=now().year,
            assessed=assessed,
        )  # fmt: skip


async def judge(runtime: Runtime, workspace: WorkspaceId, response_id: UUID, *, last: bool) -> None:
    """Weigh an interview's answers with a model, once. Without one, or when the last attempt fails, by rules alone.

    Raises LlmError when another attempt can help.
    """
    case = await _find(runtime, workspace, response_id)
    if case is None:
        return
    provider = await llm.find_provider(runtime, workspace)
    try:
        outcome = None if provider is None else await _read(runtime, workspace, provider, case)
    except LlmError as error:
        if not last and not error.permanent:
            raise
        log.warning("an interview was weighed without the model", code=error.code)
        outcome = None
    degraded = outcome is None
    async with runtime.db.fast.transaction(workspace) as conn:
        response = await locked(conn, response_id)
        move = interview.score(response.course, degraded=degraded)
        await store(conn, response, move, by=SYSTEM, outcome=outcome or case.weigh({}))


async def _find(runtime: Runtime, workspace: WorkspaceId, response_id: UUID) -> _Case | None:
    async with runtime.db.fast.acquire(workspace) as conn:
        response = await ResponseRepository(conn).find(response_id)
        if response is None or response.course.step is not Step.SCORING:
            return None
        candidate = await CandidateRepository(conn).find(response.candidate_id)
        answers = await ResponseRepository(conn).answers(response_id)
    if candidate is None:
        return None
    texts = {**last_answers(answers), scoring.RESUME: candidate.person.resume_text}
    return _Case(response, candidate.person, texts)


async def _read(
    runtime: Runtime, workspace: WorkspaceId, provider: llm.Provider, case: _Case
) -> Outcome:
    found = await _once(runtime, workspace, provider, case)
    outcome = case.weigh(found)
    threshold = case.response.rubric.threshold
    if outcome.score is None or abs(outcome.score - threshold) > NEAR:
        return outcome
    more = [await _once(runtime, workspace, provider, case) for _ in range(2)]
    return case.weigh({key: reading.agreed([found[key], *(each[key] for each in more)]) for key in found})  # fmt: skip


async def _once(
    runtime: Runtime, workspace: WorkspaceId, provider: llm.Provider, case: _Case
) -> dict[str, Assessed]:
    return {
        each.key: await reading.read(
            runtime, workspace, provider, each, texts=case.texts, person=case.person
        )
        for each in case.response.rubric.criteria
        if each.reader is Reader.MODEL
    }  # fmt: skip
