"""Vacancies: of all companies for strangers, of one for its people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import text
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.products.hiring.errors import BadVacancy, CompanyNotFound, VacancyNotFound
from besedka.products.hiring.repository.vacancies import PublicVacancies, VacancyRepository
from besedka.products.hiring.types import (
    Company,
    Criterion,
    Question,
    QuestionKind,
    Reader,
    Terms,
    Vacancy,
    VacancyFilter,
    VacancyStatus,
    WorkFormat,
)

_CLOSED_KINDS: Final = frozenset({QuestionKind.CHOICE, QuestionKind.YES_NO})
_ANCHORS: Final = 5
_STEPS: Final = 4
MOST_ADDRESSES: Final = 50_000


async def list_public(runtime: Runtime, wanted: VacancyFilter) -> list[Vacancy]:
    """Return open vacancies of all companies."""
    async with runtime.db.system.acquire() as conn:
        return await PublicVacancies(conn).page(wanted)


async def find_public(runtime: Runtime, vacancy_id: UUID) -> Vacancy:
    """Return a vacancy that is or was open to all. Raises VacancyNotFound, for a draft too."""
    async with runtime.db.system.acquire() as conn:
        found = await PublicVacancies(conn).find(vacancy_id)
    if found is None or found.archived_at or found.terms.status is VacancyStatus.DRAFT:
        raise VacancyNotFound
    return found


async def find_company(runtime: Runtime, slug: str) -> Company:
    """Return a company that hires by its address. Raises CompanyNotFound."""
    async with runtime.db.system.acquire() as conn:
        found = await PublicVacancies(conn).company(slug)
    if found is None:
        raise CompanyNotFound
    return found


async def list_addresses(runtime: Runtime) -> list[tuple[str, UUID, datetime]]:
    """Return company, id and last change of the open vacancies of all companies, as many as a sitemap takes."""
    async with runtime.db.system.acquire() as conn:
        return await PublicVacancies(conn).addresses(limit=MOST_ADDRESSES)


async def list_own(conn: TenantConn, wanted: VacancyFilter) -> list[Vacancy]:
    """Return vacancies of the company, drafts too."""
    return await VacancyRepository(conn).page(wanted)


async def get_vacancy(conn: TenantConn, vacancy_id: UUID) -> Vacancy:
    """Return a vacancy of the company. Raises VacancyNotFound."""
    found = await get_any(conn, vacancy_id)
    if found.archived_at:
        raise VacancyNotFound
    return found


async def get_any(conn: TenantConn, vacancy_id: UUID) -> Vacancy:
    """Return a vacancy of the company, an archived one too. Raises VacancyNotFound."""
    found = await VacancyRepository(conn).find(vacancy_id)
    if found is None:
        raise VacancyNotFound
    return found


async def create(conn: TenantConn, terms: Terms, *, by: ActorId) -> Vacancy:
    """Add a vacancy. Raises BadVacancy."""
    check(terms)
    vacancy_id = new_id()
    await VacancyRepository(conn).insert(vacancy_id, terms, by=by)
    return await get_vacancy(conn, vacancy_id)


async def change(conn: TenantConn, vacancy_id: UUID, terms: Terms) -> Vacancy:
    """Change a vacancy; interviews that were begun keep their questions and rubric. Raises BadVacancy, VacancyNotFound."""
    check(terms)
    if not await VacancyRepository(conn).update(vacancy_id, terms):
        raise VacancyNotFound
    return await get_vacancy(conn, vacancy_id)


async def delete(conn: TenantConn, vacancy_id: UUID, *, by: ActorId) -> None:
    """Delete a vacancy; one with applications is closed and put away with them. Raises VacancyNotFound."""
    if not await VacancyRepository(conn).delete(vacancy_id):
        raise VacancyNotFound
    await audit.record(
        conn, actor_id=by, action="vacancy.delete", target_type="vacancy", target_id=vacancy_id
    )


def check(terms: Terms) -> None:
    """Refuse a vacancy that does not fit together. Raises BadVacancy."""
    low, high = terms.salary_min, terms.salary_max
    if low is not None and high is not None and low > high:
        raise BadVacancy(field="salary_max")
    asked = {question.key: question for question in questions_of(terms)}
    if len(asked) != len(questions_of(terms)):
        raise BadVacancy(field="questions")
    if any(len(set(q.options)) < 2 for q in asked.values() if q.kind is QuestionKind.CHOICE):
        raise BadVacancy(field="questions")
    _check_rubric(terms, asked)


def _check_rubric(terms: Terms, asked: dict[str, Question]) -> None:
    criteria, knockouts = terms.rubric.criteria, terms.rubric.knockouts
    keys = [each.key for each in criteria] + [each.key for each in knockouts]
    if len(set(keys)) != len(keys) or not all(_is_whole(each, asked) for each in criteria):
        raise BadVacancy(field="rubric")
    for each in knockouts:
        question = asked.get(each.question)
        if question is None or question.kind not in _CLOSED_KINDS:
            raise BadVacancy(field="rubric")
        options = ("yes", "no") if question.kind is QuestionKind.YES_NO else question.options
        if not set(each.accepts) <= set(options):
            raise BadVacancy(field="rubric")


def _is_whole(criterion: Criterion, asked: dict[str, Question]) -> bool:
    question = asked.get(criterion.question)
    if criterion.question and question is None:
        return False
    match criterion.reader:
        case Reader.CHOICE:
            return question is not None and set(criterion.points) == set(question.options)
        case Reader.MONTHS:
            steps = criterion.steps
            return len(steps) == _STEPS and list(steps) == sorted(steps)
        case Reader.SKILLS:
            return bool(criterion.skills)
        case Reader.MODEL:
            return len(criterion.anchors) == _ANCHORS


def questions_of(terms: Terms) -> tuple[Question, ...]:
    """Return what an interview asks: the vacancy's questions, or the documented three."""
    return terms.questions or default_questions(terms.language)


def default_questions(language: str) -> tuple[Question, ...]:
    """Return the documented three: city, experience, remote work. Only a city that is unknown is asked about again."""
    kinds: Sequence[tuple[str, QuestionKind]] = (
        ("city", QuestionKind.CITY), ("experience", QuestionKind.EXPERIENCE), ("remote", QuestionKind.YES_NO),
    )  # fmt: skip
    return tuple(
        Question(key, text(language, f"hiring.ask_{key}"), kind, clarify=kind is QuestionKind.CITY)
        for key, kind in kinds
    )


def place_of(terms: Terms) -> str:
    """Return where one has to be able to work, "" when that does not matter."""
    return "" if terms.work_format is WorkFormat.REMOTE else terms.location
