"""The questions of a vacancy's interview: one form each, and their order."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, ValidationError

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.routing import LateRoute
from besedka.products.hiring import editing
from besedka.products.hiring.pages.recruiter.common import (
    PATH,
    Desk,
    Failure,
    Managed,
    Typed,
    Watched,
    change,
    lines,
    show,
)
from besedka.products.hiring.schemas import QuestionBody
from besedka.products.hiring.service.vacancies import questions_of
from besedka.products.hiring.types import Question, QuestionKind, Terms
from besedka.web import render

router = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}/questions", route_class=LateRoute)

NEW = "new"
Deed = Literal["save", "up", "down", "delete"]


class QuestionForm(BaseModel):
    """A question as it is typed, options one a line, and which button was pressed."""

    text: str = Field("", max_length=5_000)
    kind: str = Field(QuestionKind.TEXT, max_length=40)
    options: str = Field("", max_length=20_000)
    clarify: bool = False
    deed: Deed = "save"

    def question(self, key: str) -> Question:
        """Return the question. Raises ValidationError."""
        options = lines(self.options) if self.kind == QuestionKind.CHOICE else []
        body = QuestionBody.model_validate(
            {"key": key, "text": self.text.strip(), "kind": self.kind, "options": options, "clarify": self.clarify}
        )  # fmt: skip
        return Question(body.key, body.text, body.kind, tuple(body.options), body.clarify)


@router.get("")
async def show_questions(request: Request, desk: Watched) -> Response:
    """Show what an interview asks."""
    return await _questions(request, desk)


async def _questions(request: Request, desk: Desk, failure: BesedkaError | None = None) -> Response:
    return await show(
        request, desk, "questions", tab="questions", failure=failure, questions=questions_of(desk.terms),
        are_usual=not desk.terms.questions,
    )  # fmt: skip


@router.get("/{question_key}")
async def show_question(request: Request, desk: Managed, question_key: str) -> Response:
    """Show a question to be changed, or an empty one."""
    found = next((each for each in questions_of(desk.terms) if each.key == question_key), None)
    typed: Typed = {"text": "", "kind": QuestionKind.TEXT, "options": "", "clarify": True}
    if found is not None:
        typed = {
            "text": found.text, "kind": found.kind, "options": "\n".join(found.options), "clarify": found.clarify,
        }  # fmt: skip
    return await _question(request, desk, question_key if found else NEW, typed)


async def _question(
    request: Request, desk: Desk, key: str, typed: Typed, failure: Failure | None = None
) -> Response:  # fmt: skip
    return await show(
        request, desk, "question", tab="questions", failure=failure, key=key, typed=typed, kinds=list(QuestionKind),
        is_new=key == NEW,
    )  # fmt: skip


@router.post("/{question_key}")
async def change_question(
    request: Request, runtime: CurrentRuntime, desk: Managed, question_key: str,
    form: Annotated[QuestionForm, Form()],
) -> Response:  # fmt: skip
    """Add a question, change it, ask it earlier or later, or no more."""
    if form.deed != "save":
        deed = form.deed
        refused = await change(runtime, desk, lambda terms: _moved(terms, question_key, deed))
        if refused is not None:
            return await _questions(request, desk, refused)
        return render.redirect(request, desk.path("questions"))
    try:
        question = form.question("q" if question_key == NEW else question_key)
    except ValidationError as error:
        return await _question(request, desk, question_key, form.model_dump(), failure=error)
    refused = await change(
        runtime, desk, lambda terms: _with(terms, question, is_new=question_key == NEW)
    )
    if refused is not None:
        return await _question(request, desk, question_key, form.model_dump(), failure=refused)
    return render.redirect(request, desk.path("questions"), flash="recruiting.saved")


def _with(terms: Terms, question: Question, *, is_new: bool) -> Terms:
    if not is_new:
        return editing.with_question(terms, question)
    key = editing.next_key("q", [each.key for each in questions_of(terms)])
    added = Question(key, question.text, question.kind, question.options, question.clarify)
    return editing.with_question(terms, added)


def _moved(terms: Terms, key: str, deed: Literal["up", "down", "delete"]) -> Terms:
    if deed == "delete":
        return editing.without_question(terms, key)
    return editing.moved_question(terms, key, way=deed)
