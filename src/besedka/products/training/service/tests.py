"""Tests of an assistant: cases, runs, and reports beside the run before."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import system_locale
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant
from besedka.kernel.jobs import service as jobs
from besedka.products.training.errors import (
    CaseNotFound,
    NoCases,
    TestRunNotFound,
    TooManyCases,
)
from besedka.products.training.repository.tests import CaseRepository, TestRepository
from besedka.products.training.service import tables
from besedka.products.training.service.judging import judge
from besedka.products.training.types import (
    RUN_JOB,
    Case,
    Compared,
    Expect,
    Result,
    TestRun,
    TestState,
)

MOST_CASES = 500
SHOWN_RUNS = 20

Progress = Callable[[int, int], Awaitable[None]]


async def list_cases(conn: TenantConn, assistant_id: ActorId) -> list[Case]:
    """Return an assistant's cases, oldest first."""
    return await CaseRepository(conn, assistant_id).list_all()


async def add_case(
    conn: TenantConn, assistant_id: ActorId, *, question: str, expects: Expect, facts: Sequence[str], source: str
) -> Case:  # fmt: skip
    """Add a case. Raises AssistantNotFound, TooManyCases."""
    made = Case(new_id(), question, expects, tuple(facts), source)
    await _add(conn, assistant_id, [made])
    return made


async def get_case(conn: TenantConn, assistant_id: ActorId, case_id: UUID) -> Case:
    """Return a case. Raises CaseNotFound."""
    found = await CaseRepository(conn, assistant_id).find(case_id)
    if found is None:
        raise CaseNotFound
    return found


async def change_case(conn: TenantConn, assistant_id: ActorId, changed: Case) -> None:
    """Let a case ask or expect something else; reports of before keep what they say. Raises CaseNotFound."""
    if not await CaseRepository(conn, assistant_id).update(changed):
        raise CaseNotFound


async def import_cases(conn: TenantConn, assistant_id: ActorId, table: str) -> int:
    """Add the cases of a CSV table; returns how many. Raises AssistantNotFound, BadTable, TooManyCases."""
    found = tables.read(table)
    await _add(conn, assistant_id, found)
    return len(found)


async def _add(conn: TenantConn, assistant_id: ActorId, cases: Sequence[Case]) -> None:
    await answers.get_assistant(conn, assistant_id)
    repository = CaseRepository(conn, assistant_id)
    if await repository.count() + len(cases) > MOST_CASES:
        raise TooManyCases(limit=MOST_CASES)
    for each in cases:
        await repository.insert(each)


async def delete_case(conn: TenantConn, assistant_id: ActorId, case_id: UUID) -> None:
    """Delete a case. Raises CaseNotFound."""
    if not await CaseRepository(conn, assistant_id).delete(case_id):
        raise CaseNotFound


async def start_run(conn: TenantConn, assistant_id: ActorId) -> TestRun:
    """Let a job ask all cases: of the draft where one waits, else of the settings in use.

    Raises AssistantNotFound, NoCases.
    """
    who = await answers.get_assistant(conn, assistant_id)
    total = await CaseRepository(conn, assistant_id).count()
    if not total:
        raise NoCases
    run_id = await TestRepository(conn).insert(assistant_id, draft=who.draft, total=total)
    await jobs.defer(conn, RUN_JOB, {"run_id": str(run_id)})
    return await get_run(conn, assistant_id, run_id)


async def list_runs(conn: TenantConn, assistant_id: ActorId) -> list[TestRun]:
    """Return an assistant's latest runs, newest first."""
    return await TestRepository(conn).page(assistant_id, limit=SHOWN_RUNS)


async def get_run(conn: TenantConn, assistant_id: ActorId, run_id: UUID) -> TestRun:
    """Return a run. Raises TestRunNotFound."""
    found = await TestRepository(conn).find(run_id)
    if found is None or found.assistant_id != assistant_id:
        raise TestRunNotFound
    return found


async def report(conn: TenantConn, run: TestRun) -> list[Compared]:
    """Return a run's results beside those of the run before; those that did not pass come first."""
    repository = TestRepository(conn)
    former = await repository.before(run)
    before = {} if former is None else {e.case_id: e for e in await repository.results(former.id)}
    found = [Compared(each, before.get(each.case_id)) for each in await repository.results(run.id)]
    return sorted(found, key=lambda each: (each.result.passed, not each.is_changed))


async def run_tests(
    runtime: Runtime, workspace: WorkspaceId, run_id: UUID, *, progress: Progress
) -> None:
    """Ask the cases of a run that have no result yet, one by one; a run that was deleted is over."""
    async with runtime.db.fast.acquire(workspace) as conn:
        run = await TestRepository(conn).find(run_id)
        if run is None or run.state is TestState.DONE:
            return
        who = await answers.get_assistant(conn, run.assistant_id)
        cases = await list_cases(conn, run.assistant_id)
        known = {each.case_id for each in await TestRepository(conn).results(run_id)}
    tested = answers.with_settings(who, run.draft or {})
    for number, case in enumerate(cases, 1):
        if case.id not in known:
            result = await _try(runtime, workspace, tested, case)
            async with runtime.db.fast.transaction(workspace) as conn:
                await TestRepository(conn).add_result(run_id, result)
        await progress(number, len(cases))
    async with runtime.db.fast.transaction(workspace) as conn:
        await TestRepository(conn).finish(run_id)


async def _try(runtime: Runtime, workspace: WorkspaceId, who: Assistant, case: Case) -> Result:
    made = await answers.try_out(runtime, workspace, who, case.question, locale=system_locale())
    problems = await judge(runtime, workspace, case, made.draft)
    return Result(
        case_id=case.id, question=case.question, answer=made.draft.text, mode=made.draft.mode,
        confidence=made.draft.confidence, passed=not problems, problems=problems,
    )  # fmt: skip
