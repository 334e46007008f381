"""`/vacancies`: everybody reads what is open, a company's own people write."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.hiring.deps import Recruiter, Viewer, WithinLimits
from besedka.products.hiring.schemas import (
    OwnVacancyQuery,
    OwnVacancyRead,
    VacancyCreate,
    VacancyQuery,
    VacancyRead,
    VacancyUpdate,
    changed,
)
from besedka.products.hiring.service import trying, vacancies
from besedka.products.hiring.types import Vacancy

router = APIRouter(prefix="/vacancies", tags=["hiring"], route_class=KeyedRoute)


@router.get("", summary="Open vacancies", responses=problems(422, 429), dependencies=[WithinLimits])
async def list_vacancies(
    request: Request, response: Response, runtime: CurrentRuntime, query: Annotated[VacancyQuery, Query()]
) -> list[VacancyRead]:  # fmt: skip
    """List open vacancies of all companies, or of one by its address."""
    found = await vacancies.list_public(runtime, query.wanted())
    _add_next(request, response, found, query.limit)
    return [VacancyRead.of(each) for each in found]


@router.get("/own", summary="Vacancies of the company", responses=problems(422))
async def list_own(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Viewer,
    query: Annotated[OwnVacancyQuery, Query()],
) -> list[OwnVacancyRead]:  # fmt: skip
    """List vacancies of the workspace in every status, or in one, with their questions and rubrics."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await vacancies.list_own(conn, query.wanted())
    _add_next(request, response, found, query.limit)
    return [OwnVacancyRead.of(each) for each in found]


@router.post("", status_code=201, summary="A new vacancy", responses=problems(401, 403, 422))
async def create_vacancy(
    body: VacancyCreate, runtime: CurrentRuntime, identity: Recruiter
) -> OwnVacancyRead:
    """Add a vacancy, open unless it says otherwise."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return OwnVacancyRead.of(await vacancies.create(conn, body.terms(), by=identity.actor_id))


@router.get(
    "/{vacancy_id}", summary="A vacancy", responses=problems(404, 422, 429), dependencies=[WithinLimits]
)  # fmt: skip
async def get_vacancy(vacancy_id: UUID, runtime: CurrentRuntime) -> VacancyRead:
    """Return a vacancy that is or was open."""
    return VacancyRead.of(await vacancies.find_public(runtime, vacancy_id))


@router.put("/{vacancy_id}", summary="Change a vacancy", responses=problems(401, 403, 404, 422))
async def update_vacancy(
    vacancy_id: UUID, body: VacancyUpdate, runtime: CurrentRuntime, identity: Recruiter
) -> OwnVacancyRead:
    """Change what is given; interviews keep the questions and the rubric that they began with."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        before = await vacancies.get_vacancy(conn, vacancy_id)
        made = await vacancies.change(conn, vacancy_id, changed(before.terms, body))
    return OwnVacancyRead.of(made)


@router.delete(
    "/{vacancy_id}", status_code=204, summary="Delete a vacancy", responses=problems(401, 403, 404, 422)
)  # fmt: skip
async def delete_vacancy(vacancy_id: UUID, runtime: CurrentRuntime, identity: Recruiter) -> None:
    """Delete a vacancy; one with applications is closed and put away with them."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await trying.clear(runtime, conn, vacancy_id)
        await vacancies.delete(conn, vacancy_id, by=identity.actor_id)


def _add_next(request: Request, response: Response, found: list[Vacancy], limit: int) -> None:
    add_next(request, response, {"before": str(found[-1].id)} if len(found) == limit else None)
