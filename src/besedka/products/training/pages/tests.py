"""Tests of an assistant: their questions, running them, and reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, ValidationError

from besedka.core.deps import CurrentRuntime
from besedka.core.differences import Part, differences
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.products.training.pages.common import PATH, Lesson, Taught, Watched, show
from besedka.products.training.schemas import CaseCreate
from besedka.products.training.service import tests
from besedka.products.training.types import Case, Compared, Expect, TestState
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/tests", route_class=LateRoute)

LONGEST = 100_000


class CaseForm(BaseModel):
    """A test question as it is typed; facts one a line."""

    question: str = Field("", max_length=LONGEST)
    expects: str = Field("", max_length=LONGEST)
    facts: str = Field("", max_length=LONGEST)
    source: str = Field("", max_length=LONGEST)


@dataclass(frozen=True, slots=True)
class Shown:
    """A result with the difference from the run before."""

    compared: Compared
    parts: list[Part]


@router.get("")
async def show_tests(request: Request, runtime: CurrentRuntime, lesson: Watched) -> Response:
    """Show the test questions and the latest runs."""
    return await _page(request, runtime, lesson)


@router.post("")
async def add(
    request: Request, runtime: CurrentRuntime, lesson: Taught, form: Annotated[CaseForm, Form()]
) -> Response:
    """Add a test question."""
    typed = form.model_dump()
    try:
        given = _given(typed)
    except (ValidationError, ValueError):
        return await _page(request, runtime, lesson, failure=InvalidInput(), typed=typed)
    return await _add(request, runtime, lesson, given, typed=typed)


def _given(typed: Mapping[str, str]) -> CaseCreate:
    """Return a test question as it was typed. Raises ValidationError, ValueError."""
    lines = [line.strip() for line in typed["facts"].splitlines() if line.strip()]
    return CaseCreate(
        question=typed["question"], expects=Expect(typed["expects"] or Expect.ANSWER), facts=tuple(lines),
        source=typed["source"],
    )  # fmt: skip


async def _add(
    request: Request, runtime: Runtime, lesson: Lesson, given: CaseCreate, *, typed: Mapping[str, str]
) -> Response:  # fmt: skip
    try:
        async with runtime.db.fast.transaction(lesson.workspace) as conn:
            await tests.add_case(
                conn, lesson.who.id, question=given.question, expects=given.expects, facts=given.facts,
                source=given.source,
            )  # fmt: skip
    except BesedkaError as error:
        return await _page(request, runtime, lesson, failure=error, typed=typed)
    return render.redirect(request, lesson.path("tests"), flash="training.case_added")


@router.post("/import")
async def take_table(
    request: Request, runtime: CurrentRuntime, lesson: Taught,
    table: Annotated[str, Form(max_length=500_000)] = "",
) -> Response:  # fmt: skip
    """Add the test questions of a CSV table."""
    try:
        async with runtime.db.fast.transaction(lesson.workspace) as conn:
            await tests.import_cases(conn, lesson.who.id, table)
    except BesedkaError as error:
        return await _page(request, runtime, lesson, failure=error, typed={"table": table})
    return render.redirect(request, lesson.path("tests"), flash="training.case_added")


@router.post("/run")
async def run(request: Request, runtime: CurrentRuntime, lesson: Taught) -> Response:
    """Let a job ask all of them."""
    try:
        async with runtime.db.fast.transaction(lesson.workspace) as conn:
            made = await tests.start_run(conn, lesson.who.id)
    except BesedkaError as error:
        return await _page(request, runtime, lesson, failure=error)
    return render.redirect(request, lesson.path(f"tests/runs/{made.id}"), flash="training.running")


@router.get("/{case_id}")
async def show_case(
    request: Request, runtime: CurrentRuntime, lesson: Taught, case_id: UUID
) -> Response:
    """Show a test question to be changed."""
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        found = await tests.get_case(conn, lesson.who.id, case_id)
    typed = {
        "question": found.question, "expects": found.expects, "facts": "\n".join(found.facts),
        "source": found.source,
    }  # fmt: skip
    return await _case(request, lesson, case_id, typed=typed)


@router.post("/{case_id}")
async def change(
    request: Request, runtime: CurrentRuntime, lesson: Taught, case_id: UUID,
    form: Annotated[CaseForm, Form()],
) -> Response:  # fmt: skip
    """Change a test question."""
    typed = form.model_dump()
    try:
        given = _given(typed)
    except (ValidationError, ValueError):
        return await _case(request, lesson, case_id, typed=typed, failure=InvalidInput())
    changed = Case(case_id, given.question, given.expects, given.facts, given.source)
    async with runtime.db.fast.transaction(lesson.workspace) as conn:
        await tests.change_case(conn, lesson.who.id, changed)
    return render.redirect(request, lesson.path("tests"), flash="training.case_saved")


async def _case(
    request: Request, lesson: Lesson, case_id: UUID, *, typed: Mapping[str, str],
    failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    context = {"case_id": case_id, "typed": typed, "expects": list(Expect)}
    return await show(
        request, lesson, template="training/case.html", context=context, failure=failure
    )


@router.post("/{case_id}/delete")
async def delete(
    request: Request, runtime: CurrentRuntime, lesson: Taught, case_id: UUID
) -> Response:
    """Delete a test question."""
    async with runtime.db.fast.transaction(lesson.workspace) as conn:
        await tests.delete_case(conn, lesson.who.id, case_id)
    return render.redirect(request, lesson.path("tests"), flash="training.case_deleted")


@router.get("/runs/{test_run_id}")
async def show_report(
    request: Request, runtime: CurrentRuntime, lesson: Watched, test_run_id: UUID
) -> Response:
    """Show what came of a run, beside the run before; while it goes on, how far it is."""
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        found = await tests.get_run(conn, lesson.who.id, test_run_id)
        results = await tests.report(conn, found)
    shown = [
        Shown(each, differences(each.before.answer, each.result.answer) if each.before else [])
        for each in results
    ]
    is_draft = lesson.who.draft is not None and found.draft == lesson.who.draft
    context = {
        "run": found, "results": shown, "is_draft": is_draft, "unfinished": found.state is not TestState.DONE,
    }  # fmt: skip
    return await show(request, lesson, template="training/report.html", context=context)


async def _page(
    request: Request, runtime: Runtime, lesson: Lesson, failure: BesedkaError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        cases = await tests.list_cases(conn, lesson.who.id)
        runs = await tests.list_runs(conn, lesson.who.id)
    context = {
        "cases": cases, "runs": runs, "expects": list(Expect), "typed": typed or {},
        "unfinished": any(each.state is not TestState.DONE for each in runs),
    }  # fmt: skip
    return await show(
        request, lesson, template="training/tests.html", context=context, failure=failure
    )
