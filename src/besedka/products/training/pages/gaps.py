"""Gaps: what an assistant could not answer, and writing the answer."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import Locale
from besedka.core.routing import LateRoute
from besedka.products.training.pages.common import PATH, Lesson, Taught, Watched, show
from besedka.products.training.service import gaps
from besedka.products.training.types import QUESTION_CHARACTERS, GapState, Replayed
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/gaps", route_class=LateRoute)

Deed = Literal["save", "suggest", "replay", "publish", "dismiss", "reopen"]


class GapForm(BaseModel):
    """What is typed, and which button was pressed."""

    question: str = Field("", max_length=QUESTION_CHARACTERS)
    answer: str = Field("", max_length=20_000)
    deed: Deed = "save"


@router.get("")
async def show_gaps(
    request: Request, runtime: CurrentRuntime, lesson: Watched, state: GapState = GapState.OPEN
) -> Response:
    """Show groups of alike questions without an answer."""
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        found = await gaps.list_gaps(conn, lesson.who.id, state)
        left = await gaps.ungrouped(conn, lesson.who.id)
        grouping = await gaps.is_grouping(conn, lesson.who.id)
    context = {
        "gaps": found, "state": state, "states": list(GapState), "left": len(left), "grouping": grouping,
    }  # fmt: skip
    return await show(request, lesson, template="training/gaps.html", context=context)


@router.post("/group")
async def group(request: Request, runtime: CurrentRuntime, lesson: Taught) -> Response:
    """Let a job group the questions of before."""
    async with runtime.db.fast.transaction(lesson.workspace) as conn:
        await gaps.catch_up(conn, lesson.who.id)
    return render.redirect(request, lesson.path("gaps"), flash="training.grouping")


@router.get("/{gap_id}")
async def show_gap(
    request: Request, runtime: CurrentRuntime, lesson: Watched, gap_id: UUID
) -> Response:
    """Show the questions of a group, and the answer that is being written."""
    return await _gap(request, runtime, lesson, gap_id)


@router.post("/{gap_id}")
async def change_gap(
    request: Request, runtime: CurrentRuntime, lesson: Taught, locale: CurrentLocale, gap_id: UUID,
    form: Annotated[GapForm, Form()],
) -> Response:  # fmt: skip
    """Keep what was typed, and do what the button says."""
    try:
        async with runtime.db.fast.transaction(lesson.workspace) as conn:
            await gaps.save_draft(
                conn, lesson.who.id, gap_id, question=form.question.strip(), answer=form.answer.strip()
            )  # fmt: skip
        return await _do(request, runtime, lesson, gap_id, deed=form.deed, locale=locale)
    except BesedkaError as error:
        return await _gap(request, runtime, lesson, gap_id, failure=error)


async def _do(
    request: Request, runtime: CurrentRuntime, lesson: Lesson, gap_id: UUID, *, deed: Deed, locale: Locale
) -> Response:  # fmt: skip
    match deed:
        case "suggest" | "replay":
            return await _tried(request, runtime, lesson, gap_id, deed=deed, locale=locale)
        case "save":
            return render.redirect(
                request, lesson.path(f"gaps/{gap_id}"), flash="training.draft_saved"
            )
        case _:
            await _settle(runtime, lesson, gap_id, deed)
            return render.redirect(request, lesson.path("gaps"), flash=f"training.done_{deed}")


async def _settle(runtime: CurrentRuntime, lesson: Lesson, gap_id: UUID, deed: Deed) -> None:
    async with runtime.db.fast.transaction(lesson.workspace) as conn:
        if deed == "publish":
            await gaps.publish(conn, lesson.who.id, gap_id)
            return
        state = GapState.DISMISSED if deed == "dismiss" else GapState.OPEN
        await gaps.set_aside(conn, lesson.who.id, gap_id, state=state)


async def _tried(
    request: Request, runtime: CurrentRuntime, lesson: Lesson, gap_id: UUID, *, deed: Deed, locale: Locale
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        gap = await gaps.get_gap(conn, lesson.who.id, gap_id)
        examples = await gaps.examples_of(conn, gap)
    if deed == "suggest":
        said = await gaps.suggest(runtime, lesson.workspace, lesson.who, gap, locale=locale)
        return await _gap(request, runtime, lesson, gap_id, suggested=said)
    found = await gaps.replay(
        runtime, lesson.workspace, lesson.who, gap, examples=examples, locale=locale
    )
    return await _gap(request, runtime, lesson, gap_id, replayed=found)


async def _gap(
    request: Request, runtime: CurrentRuntime, lesson: Lesson, gap_id: UUID, *,
    suggested: str | None = None, replayed: Sequence[Replayed] = (), failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(lesson.workspace) as conn:
        gap = await gaps.get_gap(conn, lesson.who.id, gap_id)
        examples = await gaps.examples_of(conn, gap)
    context = {
        "gap": gap, "examples": examples, "replayed": replayed,
        "answer": gap.answer if suggested is None else suggested, "is_suggested": suggested is not None,
    }  # fmt: skip
    return await show(
        request, lesson, template="training/gap.html", context=context, failure=failure
    )
