"""Vacancies: the list with their stages, a new one, what one says, and whether it is open."""

from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field, ValidationError

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.products.hiring.pages.recruiter.common import (
    PATH,
    Chooser,
    Desk,
    Failure,
    Managed,
    Typed,
    Watched,
    Watcher,
    change,
    show,
    status_of,
    words_for,
)
from besedka.products.hiring.recruiting import STATUSES
from besedka.products.hiring.schemas import VacancyCreate, VacancyUpdate, changed
from besedka.products.hiring.service import board, trying, vacancies
from besedka.products.hiring.types import (
    KEEP_DAYS,
    MANAGE,
    Employment,
    Terms,
    VacancyFilter,
    VacancySort,
    VacancyStatus,
    WorkFormat,
)
from besedka.web import render

router = APIRouter(prefix=PATH, route_class=LateRoute)
one = APIRouter(prefix=PATH + "/vacancies/{vacancy_id}", route_class=LateRoute)

MOST: Final = 50
_CHOICES = {"formats": list(WorkFormat), "employments": list(Employment)}


class TermsForm(BaseModel):
    """What a vacancy says, as it is typed: skills one a line or between commas."""

    title: str = Field("", max_length=1_000)
    description: str = Field("", max_length=50_000)
    location: str = Field("", max_length=1_000)
    work_format: str = Field("", max_length=40)
    employment: str = Field("", max_length=40)
    salary_min: str = Field("", max_length=40)
    salary_max: str = Field("", max_length=40)
    currency: str = Field("RUB", max_length=10)
    skills: str = Field("", max_length=20_000)
    language: str = Field("", max_length=10)
    keep_days: str = Field(str(KEEP_DAYS), max_length=10)

    def given(self) -> Typed:
        """Return it as the API takes it."""
        skills = [each.strip() for each in self.skills.replace(",", "\n").splitlines()]
        return {
            "title": self.title.strip(), "description": self.description.strip(), "location": self.location.strip(),
            "work_format": self.work_format or None, "employment": self.employment or None,
            "salary_min": _amount(self.salary_min), "salary_max": _amount(self.salary_max),
            "currency": self.currency.strip().upper(), "skills": [each for each in skills if each],
            "language": self.language or None, "keep_days": self.keep_days.strip(),
        }  # fmt: skip


def _amount(typed: str) -> str | None:
    return "".join(typed.split()) or None


def _typed(terms: Terms) -> Typed:
    return {
        "title": terms.title, "description": terms.description, "location": terms.location,
        "work_format": terms.work_format or "", "employment": terms.employment or "",
        "salary_min": terms.salary_min, "salary_max": terms.salary_max, "currency": terms.currency,
        "skills": ", ".join(terms.skills), "language": terms.language, "keep_days": terms.keep_days,
    }  # fmt: skip


@router.get("")
async def show_vacancies(
    request: Request, runtime: CurrentRuntime, identity: Watcher, status: VacancyStatus | Literal[""] = "", q: str = "",
    sort: VacancySort = VacancySort.NEWEST, before: UUID | None = None,
) -> Response:  # fmt: skip
    """Show the company's vacancies, each with how many applications are at which stage."""
    statuses = (status,) if status else tuple(VacancyStatus)
    wanted = VacancyFilter(statuses=statuses, text=q[:200], sort=sort, before=before, limit=MOST)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await vacancies.list_own(conn, wanted)
        counts = await board.count_stages(conn)
    after = {"status": status or "", "q": q[:200], "sort": sort, "before": found[-1].id if found else ""}  # fmt: skip
    return await render.page(
        request, "hiring/vacancies.html", path=PATH, found=found, counts=counts, shown=status or None, q=q[:200], sort=sort,
        sorts=list(VacancySort), statuses=list(VacancyStatus), stages=STATUSES, may_manage=identity.may(MANAGE),
        more=f"{PATH}?{urlencode(after)}" if len(found) == MOST else "", careers=f"/careers/{identity.workspace_slug}",
    )  # fmt: skip


@router.get("/new", dependencies=[Depends(require_on_page(MANAGE))])
async def show_new(request: Request, locale: CurrentLocale) -> Response:
    """Ask what the work is."""
    return await _new(request, TermsForm(language=locale).model_dump())


@router.post("/new")
async def create(
    request: Request, runtime: CurrentRuntime, identity: Chooser, form: Annotated[TermsForm, Form()]
) -> Response:
    """Add a vacancy as a draft."""
    try:
        body = VacancyCreate.model_validate({**form.given(), "status": VacancyStatus.DRAFT})
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            made = await vacancies.create(conn, body.terms(), by=identity.actor_id)
    except (ValidationError, BesedkaError) as error:
        return await _new(request, form.model_dump(), failure=error)
    return render.redirect(
        request, f"{PATH}/vacancies/{made.id}/questions", flash="recruiting.vacancy_made"
    )


async def _new(request: Request, typed: Typed, failure: Failure | None = None) -> Response:
    return await render.page(
        request, "hiring/new.html", status=status_of(failure), path=PATH, typed=typed,
        failure=words_for(request, failure), **_CHOICES,
    )  # fmt: skip


@one.get("/about")
async def show_about(request: Request, desk: Watched) -> Response:
    """Show what a vacancy says, to be changed."""
    return await _about(request, desk, _typed(desk.terms))


@one.post("/about")
async def change_about(
    request: Request, runtime: CurrentRuntime, desk: Managed, form: Annotated[TermsForm, Form()]
) -> Response:
    """Change what a vacancy says."""
    try:
        body = VacancyUpdate.model_validate(form.given())
    except ValidationError as error:
        return await _about(request, desk, form.model_dump(), failure=error)
    refused = await change(runtime, desk, lambda terms: changed(terms, body))
    if refused is not None:
        return await _about(request, desk, form.model_dump(), failure=refused)
    return render.redirect(request, desk.path("about"), flash="recruiting.saved")


async def _about(
    request: Request, desk: Desk, typed: Typed, failure: Failure | None = None
) -> Response:
    return await show(request, desk, "about", tab="about", failure=failure, typed=typed, **_CHOICES)


@one.post("/status")
async def change_status(
    request: Request, runtime: CurrentRuntime, desk: Managed, status: Annotated[VacancyStatus, Form()]
) -> Response:  # fmt: skip
    """Open a vacancy, pause it, close it, or make it a draft again."""
    body = VacancyUpdate(status=status)
    refused = await change(runtime, desk, lambda terms: changed(terms, body))
    if refused is not None:
        return await _about(request, desk, _typed(desk.terms), failure=refused)
    return render.redirect(request, desk.path(), flash=f"recruiting.now_{status}")


@one.post("/delete")
async def delete(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Delete a vacancy; one with applications is closed and put away with them."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await trying.clear(runtime, conn, desk.vacancy.id)
        await vacancies.delete(conn, desk.vacancy.id, by=desk.identity.actor_id)
    return render.redirect(request, PATH, flash="recruiting.vacancy_gone")
