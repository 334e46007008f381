"""The name-swap test: the same answers under other names and the other sex must get the same scores."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from besedka.core.clock import now
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.products.hiring import identity, scoring
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.responses import ResponseRepository, last_answers
from besedka.products.hiring.service import reading
from besedka.products.hiring.types import (
    Assessed,
    Outcome,
    Person,
    Reader,
    Response,
    ResponseFilter,
    ResponseSort,
    Step,
)

WEIGHED: Final = frozenset({Step.REVIEW, Step.DECIDED, Step.NOTIFIED})
PAGE: Final = 100
_NAMES: Final = (
    "Мария Соколова", "Рустам Ахметов", "Гульнара Ахметова", "Иван Кузнецов", "Emily Carter", "Mohammed Khan",
)  # fmt: skip
"""Names that a reader with a prejudice would tell apart. Every second one is tried with the words of the other sex."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """An application, weighed as its candidate wrote it and as others would have; `differs` names those who came off otherwise."""

    response_id: UUID
    score: float | None
    approved: bool | None
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    response: Response
    person: Person
    texts: scoring.Texts


async def swap_names(
    runtime: Runtime, workspace: WorkspaceId, *, vacancy: UUID | None, by_model: bool
) -> AsyncIterator[Swapped]:
    """Weigh every finished interview under other names. By rules; `by_model`: also what a model reads, at its cost.

    Raises LlmError.
    """
    provider = await llm.find_provider(runtime, workspace) if by_model else None
    async for case in _cases(runtime, workspace, vacancy):
        own = await _weigh(runtime, provider, case)
        differs = []
        for place, name in enumerate(_NAMES):
            other = _as(case, name, is_same_sex=place % 2 == 0)
            outcome = await _weigh(runtime, provider, other)
            if _seen(outcome) != _seen(own):
                differs.append(name)
        yield Swapped(case.response.id, own.score, own.approved, tuple(differs))


async def _cases(
    runtime: Runtime, workspace: WorkspaceId, vacancy: UUID | None
) -> AsyncIterator[_Case]:
    wanted = ResponseFilter(vacancy=vacancy, sort=ResponseSort.OLDEST, limit=PAGE)
    while True:
        async with runtime.db.fast.acquire(workspace) as conn:
            entries = await ResponseRepository(conn).page(wanted)
        for entry in entries:
            if entry.response.course.step in WEIGHED:
                yield await _case(runtime, workspace, entry.response)
        if len(entries) < PAGE:
            return
        last = entries[-1].response
        wanted = replace(wanted, before=(last.created_at, last.id))


async def _case(runtime: Runtime, workspace: WorkspaceId, response: Response) -> _Case:
    async with runtime.db.fast.acquire(workspace) as conn:
        candidate = await CandidateRepository(conn).find(response.candidate_id)
        answers = await ResponseRepository(conn).answers(response.id)
    person = candidate.person if candidate else Person(full_name="", email="")
    return _Case(response, person, {**last_answers(answers), scoring.RESUME: person.resume_text})


def _as(case: _Case, name: str, *, is_same_sex: bool) -> _Case:
    """Return a case as somebody else would have written it."""
    other = replace(case.person, full_name=name)
    texts = {
        key: identity.swap(words, case.person, other, is_same_sex=is_same_sex)
        for key, words in case.texts.items()
    }
    return _Case(case.response, other, texts)


async def _weigh(runtime: Runtime, provider: llm.Provider | None, case: _Case) -> Outcome:
    response = case.response
    assessed: dict[str, Assessed] = {}
    if provider is not None:
        for each in response.rubric.criteria:
            if each.reader is Reader.MODEL:
                assessed[each.key] = await reading.read(
                    runtime, response.workspace_id, provider, each, texts=case.texts, person=case.person
                )  # fmt: skip
    return scoring.weigh(
        response.rubric, response.questions, texts=case.texts, location=response.location, year=now().year,
        assessed=assessed,
    )  # fmt: skip


def _seen(outcome: Outcome) -> tuple[object, ...]:
    """Return what must not depend on a name."""
    points = [(each.key, each.points) for each in outcome.assessed]
    passed = [(each.key, each.passed) for each in outcome.knockouts]
    return outcome.approved, outcome.score, outcome.coverage, points, passed
