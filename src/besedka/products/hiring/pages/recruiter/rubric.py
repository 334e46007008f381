"""How a vacancy's answers are weighed: the rule, the criteria with their weights, and what the job cannot do without."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
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
from besedka.products.hiring.schemas import CriterionBody, KnockoutBody
from besedka.products.hiring.service.vacancies import questions_of
from besedka.products.hiring.types import (
    Criterion,
    Knockout,
    Question,
    Reader,
    RubricKind,
    Terms,
)
from besedka.web import render

router = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}/rubric", route_class=LateRoute)

NEW = "new"
_CRITERION: Final = TypeAdapter(Criterion)
Deed = Literal["save", "delete"]


class CriterionForm(BaseModel):
    """A criterion as it is typed: points in the order of the options, skills one a line or between commas."""

    question: str = Field("", max_length=40)
    reader: Reader = Reader.MODEL
    name: str = Field("", max_length=1_000)
    reason: str = Field("", max_length=5_000)
    weight: str = Field("1", max_length=20)
    points: list[str] = Field(default_factory=list, max_length=20)
    steps: list[str] = Field(default_factory=list, max_length=4)
    anchors: list[str] = Field(default_factory=list, max_length=5)
    skills: str = Field("", max_length=20_000)
    deed: Deed = "save"

    def criterion(self, key: str, question: Question | None) -> Criterion:
        """Return the criterion. Raises ValidationError."""
        options = question.options if question else ()
        given: dict[str, object] = {
            "key": key, "name": self.name.strip(), "weight": self.weight.replace(",", ".").strip(), "reader": self.reader,
            "reason": self.reason.strip(), "question": self.question,
        }  # fmt: skip
        match self.reader:
            case Reader.CHOICE:
                given["points"] = dict(zip(options, self.points, strict=False))
            case Reader.MONTHS:
                given["steps"] = self.steps
            case Reader.SKILLS:
                given["skills"] = lines(self.skills.replace(",", "\n"))
            case _:
                given["anchors"] = [each.strip() for each in self.anchors]
        return _CRITERION.validate_python(CriterionBody.model_validate(given).model_dump())


class KnockoutForm(BaseModel):
    """A knock-out as it is typed."""

    question: str = Field("", max_length=40)
    name: str = Field("", max_length=1_000)
    reason: str = Field("", max_length=5_000)
    accepts: list[str] = Field(default_factory=list, max_length=20)
    deed: Deed = "save"

    def knockout(self, key: str) -> Knockout:
        """Return the knock-out. Raises ValidationError."""
        body = KnockoutBody.model_validate(
            {
                "key": key, "name": self.name.strip(), "question": self.question, "accepts": self.accepts,
                "reason": self.reason.strip(),
            }
        )  # fmt: skip
        return Knockout(body.key, body.name, body.question, tuple(body.accepts), body.reason)


@router.get("")
async def show_rubric(request: Request, desk: Watched) -> Response:
    """Show how answers are weighed."""
    return await _rubric(request, desk)


@router.post("")
async def change_rubric(
    request: Request, runtime: CurrentRuntime, desk: Managed, kind: Annotated[RubricKind, Form()],
    threshold: Annotated[int, Form(ge=0, le=100)] = 50,
) -> Response:  # fmt: skip
    """Choose the rule, and from which score on it recommends."""
    refused = await change(
        runtime, desk,
        lambda terms: replace(terms, rubric=replace(terms.rubric, kind=kind, threshold=threshold / 100)),
    )  # fmt: skip
    if refused is not None:
        return await _rubric(request, desk, refused)
    return render.redirect(request, desk.path("rubric"), flash="recruiting.saved")


async def _rubric(request: Request, desk: Desk, failure: BesedkaError | None = None) -> Response:
    questions = questions_of(desk.terms)
    total = sum(each.weight for each in desk.terms.rubric.criteria)
    return await show(
        request, desk, "rubric", tab="rubric", failure=failure, rubric=desk.terms.rubric, questions=questions,
        closed=editing.closed(questions), asked=_by_key(questions), total=total, kinds=list(RubricKind),
        readers=list(Reader),
    )  # fmt: skip


def _by_key(questions: tuple[Question, ...]) -> Mapping[str, Question]:
    return {each.key: each for each in questions}


@router.get("/criteria/{criterion_key}")
async def show_criterion(
    request: Request, desk: Managed, criterion_key: str, question: str = "", reader: str = ""
) -> Response:  # fmt: skip
    """Show a criterion to be changed, or an empty one for the answer to a question and a way of reading it."""
    found = next((each for each in desk.terms.rubric.criteria if each.key == criterion_key), None)
    typed: Typed
    if found is not None:
        asked = _by_key(questions_of(desk.terms)).get(found.question)
        points = [found.points.get(each, 0) for each in (asked.options if asked else ())]
        typed = {
            **asdict(found),
            "points": points,
            "skills": ", ".join(found.skills),
            "weight": f"{found.weight:g}",
        }
        return await _criterion(request, desk, criterion_key, typed)
    ways = editing.readers_of(_by_key(questions_of(desk.terms)).get(question))
    chosen = next((each for each in ways if each == reader), ways[0])
    typed = CriterionForm(question=question[:40], reader=chosen).model_dump()
    return await _criterion(request, desk, NEW, typed)


async def _criterion(
    request: Request, desk: Desk, key: str, typed: Typed, failure: Failure | None = None
) -> Response:
    question = _by_key(questions_of(desk.terms)).get(str(typed["question"]))
    return await show(
        request, desk, "criterion", tab="rubric", failure=failure, key=key, typed=typed, question=question,
        readers=editing.readers_of(question), is_new=key == NEW,
    )  # fmt: skip


@router.post("/criteria/{criterion_key}")
async def change_criterion(
    request: Request, runtime: CurrentRuntime, desk: Managed, criterion_key: str,
    form: Annotated[CriterionForm, Form()],
) -> Response:  # fmt: skip
    """Weigh something more, otherwise, or no more."""
    if form.deed == "delete":
        return await _dropped(
            request, runtime, desk, lambda terms: editing.without_criterion(terms, criterion_key)
        )
    try:
        key = _key(desk.terms, criterion_key)
        made = form.criterion(key, _by_key(questions_of(desk.terms)).get(form.question))
    except ValidationError as error:
        return await _criterion(request, desk, criterion_key, form.model_dump(), failure=error)
    refused = await change(runtime, desk, lambda terms: editing.with_criterion(terms, made))
    if refused is not None:
        return await _criterion(request, desk, criterion_key, form.model_dump(), failure=refused)
    return render.redirect(request, desk.path("rubric"), flash="recruiting.saved")


@router.get("/knockouts/{knockout_key}")
async def show_knockout(
    request: Request, desk: Managed, knockout_key: str, question: str = ""
) -> Response:
    """Show a knock-out to be changed, or an empty one for a closed question."""
    found = next((each for each in desk.terms.rubric.knockouts if each.key == knockout_key), None)
    if found is not None:
        return await _knockout(request, desk, knockout_key, asdict(found))
    return await _knockout(request, desk, NEW, KnockoutForm(question=question[:40]).model_dump())


async def _knockout(
    request: Request, desk: Desk, key: str, typed: Typed, failure: Failure | None = None
) -> Response:
    question = _by_key(questions_of(desk.terms)).get(str(typed["question"]))
    return await show(
        request, desk, "knockout", tab="rubric", failure=failure, key=key, typed=typed, question=question,
        options=editing.options_of(question) if question else (), is_new=key == NEW,
    )  # fmt: skip


@router.post("/knockouts/{knockout_key}")
async def change_knockout(
    request: Request, runtime: CurrentRuntime, desk: Managed, knockout_key: str,
    form: Annotated[KnockoutForm, Form()],
) -> Response:  # fmt: skip
    """Check something more, otherwise, or no more."""
    if form.deed == "delete":
        return await _dropped(
            request, runtime, desk, lambda terms: editing.without_knockout(terms, knockout_key)
        )
    try:
        made = form.knockout(_key(desk.terms, knockout_key))
    except ValidationError as error:
        return await _knockout(request, desk, knockout_key, form.model_dump(), failure=error)
    refused = await change(runtime, desk, lambda terms: editing.with_knockout(terms, made))
    if refused is not None:
        return await _knockout(request, desk, knockout_key, form.model_dump(), failure=refused)
    return render.redirect(request, desk.path("rubric"), flash="recruiting.saved")


def _key(terms: Terms, key: str) -> str:
    """Return the key of what is changed, a free one for what is new."""
    if key != NEW:
        return key
    rubric = terms.rubric
    used = [each.key for each in rubric.criteria] + [each.key for each in rubric.knockouts]
    return editing.next_key("c", used)


async def _dropped(
    request: Request, runtime: Runtime, desk: Desk, edit: Callable[[Terms], Terms]
) -> Response:
    refused = await change(runtime, desk, edit)
    if refused is not None:
        return await _rubric(request, desk, refused)
    return render.redirect(request, desk.path("rubric"), flash="recruiting.saved")
