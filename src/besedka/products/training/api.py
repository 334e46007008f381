"""`/assistants/{id}/gaps` and `/assistants/{id}/tests`: what an assistant could not answer, and tests of what it says."""

from uuid import UUID

from fastapi import APIRouter, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.ids import ActorId
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.answers import service as answers
from besedka.products.training.deps import Trainer, Viewer
from besedka.products.training.schemas import (
    CaseCreate,
    CaseRead,
    CaseTable,
    ExampleRead,
    GapRead,
    GapUpdate,
    ImportedRead,
    ProblemRead,
    ReplayedRead,
    ReportRead,
    ResultRead,
    SuggestionRead,
    TestRunRead,
)
from besedka.products.training.service import gaps, tables, tests
from besedka.products.training.types import Case, Compared, GapState, TestRun

router = APIRouter(prefix="/assistants/{assistant_id}", tags=["assistants"], route_class=KeyedRoute)


@router.get("/gaps", summary="Questions without an answer")
async def list_gaps(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Viewer, state: GapState = GapState.OPEN
) -> list[GapRead]:
    """List groups of alike questions that the assistant did not answer, those asked most first, at most 100."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        found = await gaps.list_gaps(conn, who.id, state)
    return [GapRead.model_validate(each) for each in found]


@router.post("/gaps/group", status_code=202, summary="Group questions of before")
async def group_gaps(assistant_id: UUID, runtime: CurrentRuntime, identity: Trainer) -> None:
    """Let a job group questions of before; new ones are grouped by themselves."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await gaps.catch_up(conn, ActorId(assistant_id))


@router.get("/gaps/{gap_id}/questions", summary="Questions of a group")
async def list_gap_questions(
    assistant_id: UUID, gap_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[ExampleRead]:
    """List the latest 20 questions of a group with their dialogs."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        gap = await gaps.get_gap(conn, ActorId(assistant_id), gap_id)
        found = await gaps.examples_of(conn, gap)
    return [ExampleRead.model_validate(each) for each in found]


@router.put("/gaps/{gap_id}", summary="Draft the answer")
async def draft_gap(
    assistant_id: UUID, gap_id: UUID, body: GapUpdate, runtime: CurrentRuntime, identity: Trainer
) -> GapRead:
    """Keep the question–answer pair that is to close the group."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        gap = await gaps.save_draft(
            conn, ActorId(assistant_id), gap_id, question=body.question, answer=body.answer
        )
    return GapRead.model_validate(gap)


@router.post("/gaps/{gap_id}/suggest", summary="Suggest an answer")
async def suggest_gap(
    assistant_id: UUID, gap_id: UUID, runtime: CurrentRuntime, identity: Trainer, locale: CurrentLocale
) -> SuggestionRead:  # fmt: skip
    """Word a first answer from the passages that are nearest: a model does, or they are quoted. Nothing is stored."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        gap = await gaps.get_gap(conn, who.id, gap_id)
    said = await gaps.suggest(runtime, identity.workspace_id, who, gap, locale=locale)
    return SuggestionRead(answer=said)


@router.post("/gaps/{gap_id}/replay", summary="Ask again with the draft")
async def replay_gap(
    assistant_id: UUID, gap_id: UUID, runtime: CurrentRuntime, identity: Trainer, locale: CurrentLocale
) -> list[ReplayedRead]:  # fmt: skip
    """Ask the latest ten questions of the group again, with the draft beside the knowledge."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        gap = await gaps.get_gap(conn, who.id, gap_id)
        examples = await gaps.examples_of(conn, gap)
    found = await gaps.replay(
        runtime, identity.workspace_id, who, gap, examples=examples, locale=locale
    )
    return [ReplayedRead.model_validate(each) for each in found]


@router.post("/gaps/{gap_id}/publish", summary="Publish the answer")
async def publish_gap(
    assistant_id: UUID, gap_id: UUID, runtime: CurrentRuntime, identity: Trainer
) -> GapRead:
    """Make the draft a question–answer pair of the assistant's knowledge."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return GapRead.model_validate(await gaps.publish(conn, ActorId(assistant_id), gap_id))


@router.post("/gaps/{gap_id}/dismiss", summary="Dismiss a group")
async def dismiss_gap(
    assistant_id: UUID, gap_id: UUID, runtime: CurrentRuntime, identity: Trainer
) -> GapRead:
    """Say that these questions need no answer."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        gap = await gaps.set_aside(conn, ActorId(assistant_id), gap_id, state=GapState.DISMISSED)
    return GapRead.model_validate(gap)


@router.get("/tests", summary="Test questions")
async def list_cases(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[CaseRead]:
    """List the test questions with what is expected, the oldest first; an assistant has at most 500."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        found = await tests.list_cases(conn, who.id)
    return [CaseRead.model_validate(each) for each in found]


@router.post("/tests", status_code=201, summary="Add a test question")
async def add_case(
    assistant_id: UUID, body: CaseCreate, runtime: CurrentRuntime, identity: Trainer
) -> CaseRead:
    """Add a test question."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await tests.add_case(
            conn, ActorId(assistant_id), question=body.question, expects=body.expects, facts=body.facts,
            source=body.source,
        )  # fmt: skip
    return CaseRead.model_validate(made)


@router.put("/tests/{case_id}", summary="Change a test question")
async def change_case(
    assistant_id: UUID, case_id: UUID, body: CaseCreate, runtime: CurrentRuntime, identity: Trainer
) -> CaseRead:
    """Change a test question and what is expected of its answer; reports of before stay as they are."""
    changed = Case(case_id, body.question, body.expects, body.facts, body.source)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await tests.change_case(conn, ActorId(assistant_id), changed)
    return CaseRead.model_validate(changed)


@router.delete("/tests/{case_id}", status_code=204, summary="Delete a test question")
async def delete_case(
    assistant_id: UUID, case_id: UUID, runtime: CurrentRuntime, identity: Trainer
) -> None:
    """Delete a test question; reports keep what came of it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await tests.delete_case(conn, ActorId(assistant_id), case_id)


@router.post("/tests/import", status_code=201, summary="Add test questions from CSV")
async def import_cases(
    assistant_id: UUID, body: CaseTable, runtime: CurrentRuntime, identity: Trainer
) -> ImportedRead:
    """Add the test questions of a CSV table, all of them or, when a line is wrong, none."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        added = await tests.import_cases(conn, ActorId(assistant_id), body.table)
    return ImportedRead(added=added)


@router.get("/tests/export", summary="Test questions as CSV", response_class=Response,
            responses={200: {"content": {"text/csv": {}}}})  # fmt: skip
async def export_cases(assistant_id: UUID, runtime: CurrentRuntime, identity: Viewer) -> Response:
    """Give the test questions as a CSV table that can be imported again."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        found = await tests.list_cases(conn, who.id)
    return Response(
        tables.written(found), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tests.csv"'},
    )  # fmt: skip


@router.get("/test-runs", summary="Test runs")
async def list_runs(
    assistant_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[TestRunRead]:
    """List the latest 20 runs of the tests, the newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        who = await answers.get_assistant(conn, ActorId(assistant_id))
        found = await tests.list_runs(conn, who.id)
    return [_run(each) for each in found]


@router.post("/test-runs", status_code=202, summary="Run the tests")
async def start_run(assistant_id: UUID, runtime: CurrentRuntime, identity: Trainer) -> TestRunRead:
    """Let a job ask all test questions: of the draft where one waits, else of the settings in use."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _run(await tests.start_run(conn, ActorId(assistant_id)))


@router.get("/test-runs/{test_run_id}", summary="Report of a test run")
async def read_report(
    assistant_id: UUID, test_run_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> ReportRead:
    """Show how far a run is and what came of each question, beside the run before."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        run = await tests.get_run(conn, ActorId(assistant_id), test_run_id)
        found = await tests.report(conn, run)
    return ReportRead(**_run(run).model_dump(), results=[_result(each) for each in found])


def _run(run: TestRun) -> TestRunRead:
    return TestRunRead(
        id=run.id, state=run.state, of_draft=run.draft is not None, total=run.total, done=run.done,
        passed=run.passed, created_at=run.created_at, finished_at=run.finished_at,
    )  # fmt: skip


def _result(compared: Compared) -> ResultRead:
    result, before = compared.result, compared.before
    return ResultRead(
        case_id=result.case_id, question=result.question, answer=result.answer, mode=result.mode,
        confidence=result.confidence, passed=result.passed,
        problems=[ProblemRead.model_validate(each) for each in result.problems],
        before=None if before is None else before.answer,
        before_passed=None if before is None else before.passed,
    )  # fmt: skip
