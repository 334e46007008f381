"""SQL of vacancies: the public ones of all companies, and those of one."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.i18n import as_locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.products.hiring import places
from besedka.products.hiring.types import (
    Company,
    Employment,
    Question,
    Rubric,
    Terms,
    Vacancy,
    VacancyFilter,
    VacancySort,
    VacancyStatus,
    WorkFormat,
)

QUESTIONS: Final = TypeAdapter(tuple[Question, ...])
RUBRIC: Final = TypeAdapter(Rubric)

_SELECT: Final = """
SELECT v.workspace_id, v.id, s.name AS company, v.title, v.description, v.status, v.location, v.work_format,
       v.employment, v.salary_min, v.salary_max, v.currency, v.skills, v.language, v.questions, v.rubric, v.keep_days, v.created_at,
       v.updated_at, v.archived_at
FROM vacancy v JOIN workspace s ON s.id = v.workspace_id
"""
_WANTED: Final = """
WHERE v.archived_at IS NULL AND v.status = ANY($1::text[]) AND ($2 = '' OR s.slug = $2)
  AND ($3 = '' OR position($3 IN lower(v.title || ' ' || v.description || ' ' || v.skills::text)) > 0)
  AND ($4::text[] IS NULL OR EXISTS (SELECT FROM unnest($4::text[]) place WHERE position(place IN lower(v.location)) > 0))
  AND ($5::text IS NULL OR v.work_format = $5) AND ($6::text IS NULL OR v.employment = $6)
  AND ($7::text IS NULL OR v.language = $7) AND ($8::bigint IS NULL OR coalesce(v.salary_max, v.salary_min) >= $8)
  AND ($9 = '' OR v.currency = $9)
"""
_PAY: Final = (
    "coalesce(salary_max, salary_min, CASE WHEN {low} THEN 9223372036854775807 ELSE -1 END)"
)
_ADD: Final = """
INSERT INTO vacancy (workspace_id, id, created_by, title, description, status, location, work_format, employment,
                     salary_min, salary_max, currency, skills, language, questions, rubric, keep_days)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""
_CHANGE: Final = """
UPDATE vacancy SET title = $3, description = $4, status = $5, location = $6, work_format = $7, employment = $8,
  salary_min = $9, salary_max = $10, currency = $11, skills = $12, language = $13, questions = $14, rubric = $15, keep_days = $16,
  updated_at = now()
WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL RETURNING true
"""


def _arguments(wanted: VacancyFilter) -> tuple[object, ...]:
    return (
        list(wanted.statuses), wanted.company, wanted.text.lower(),
        places.spellings(wanted.location) if wanted.location else None,
        wanted.work_format, wanted.employment, wanted.language, wanted.salary_from, wanted.currency,
    )  # fmt: skip


def _page(wanted: VacancyFilter) -> str:
    """Return the page's part of a statement: the salary's order goes on after the vacancy that the page before ended with."""
    is_low = wanted.sort is VacancySort.SALARY_LOW
    sign, order = ("<", "DESC") if wanted.sort in {VacancySort.NEWEST, VacancySort.SALARY_HIGH} else (">", "ASC")  # fmt: skip
    if wanted.sort in {VacancySort.NEWEST, VacancySort.OLDEST}:
        return f" AND ($10::uuid IS NULL OR v.id {sign} $10) ORDER BY v.id {order} LIMIT $11"
    pay = _PAY.format(low=is_low)
    return (
        f" AND ($10::uuid IS NULL OR ({pay}, v.id) {sign} (SELECT {pay}, id FROM vacancy WHERE id = $10))"
        f" ORDER BY {pay} {order}, v.id {order} LIMIT $11"
    )


class PublicVacancies:
    """Vacancies as strangers see them, whichever company's."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self, vacancy_id: UUID) -> Vacancy | None:
        """Return a vacancy, a draft or an archived one too."""
        row = await self._conn.fetchrow(f"{_SELECT} WHERE v.id = $1", vacancy_id)
        return _vacancy(row) if row else None

    async def company(self, slug: str) -> Company | None:
        """Return a company by its address, if it has ever shown a vacancy."""
        row = await self._conn.fetchrow(
            "SELECT s.id, s.slug, s.name, s.accent FROM workspace s WHERE s.slug = $1 AND EXISTS (SELECT FROM vacancy v"
            " WHERE v.workspace_id = s.id AND v.status <> 'draft' AND v.archived_at IS NULL)",
            slug,
        )
        return (
            Company(WorkspaceId(row["id"]), row["slug"], row["name"], row["accent"])
            if row
            else None
        )

    async def addresses(self, *, limit: int) -> list[tuple[str, UUID, datetime]]:
        """Return company, id and last change of open vacancies, the newest first."""
        rows = await self._conn.fetch(
            "SELECT s.slug, v.id, v.updated_at FROM vacancy v JOIN workspace s ON s.id = v.workspace_id"
            " WHERE v.status = 'open' AND v.archived_at IS NULL ORDER BY v.id DESC LIMIT $1",
            limit,
        )
        return [(row["slug"], row["id"], row["updated_at"]) for row in rows]

    async def page(self, wanted: VacancyFilter) -> list[Vacancy]:
        """Return open vacancies."""
        rows = await self._conn.fetch(
            _SELECT + _WANTED + _page(wanted), *_arguments(wanted), wanted.before, wanted.limit
        )
        return [_vacancy(row) for row in rows]


class VacancyRepository:
    """Vacancies of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, vacancy_id: UUID) -> Vacancy | None:
        """Return a vacancy, an archived one too."""
        row = await self._conn.fetchrow(
            f"{_SELECT} WHERE v.workspace_id = $1 AND v.id = $2", self._conn.workspace, vacancy_id
        )
        return _vacancy(row) if row else None

    async def page(self, wanted: VacancyFilter) -> list[Vacancy]:
        """Return vacancies that are not archived."""
        rows = await self._conn.fetch(
            _SELECT + _WANTED + " AND v.workspace_id = $12" + _page(wanted),
            *_arguments(wanted), wanted.before, wanted.limit, self._conn.workspace,
        )  # fmt: skip
        return [_vacancy(row) for row in rows]

    async def insert(self, vacancy_id: UUID, terms: Terms, *, by: ActorId) -> None:
        """Add a vacancy."""
        await self._conn.execute(_ADD, self._conn.workspace, vacancy_id, by, *_columns(terms))

    async def update(self, vacancy_id: UUID, terms: Terms) -> bool:
        """Change a vacancy; False when there is none."""
        return bool(
            await self._conn.fetchval(_CHANGE, self._conn.workspace, vacancy_id, *_columns(terms))
        )

    async def delete(self, vacancy_id: UUID) -> bool:
        """Delete a vacancy that nobody applied for, archive another; False when there is none."""
        key = (self._conn.workspace, vacancy_id)
        deleted = await self._conn.fetchval(
            "DELETE FROM vacancy v WHERE workspace_id = $1 AND id = $2 AND NOT EXISTS (SELECT FROM candidate_response r"
            " WHERE r.workspace_id = v.workspace_id AND r.vacancy_id = v.id) RETURNING true",
            *key,
        )
        return bool(deleted) or bool(
            await self._conn.fetchval(
                "UPDATE vacancy SET status = 'closed', archived_at = now(), updated_at = now()"
                " WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL RETURNING true",
                *key,
            )
        )


def _columns(terms: Terms) -> tuple[object, ...]:
    return (
        terms.title, terms.description, terms.status, terms.location, terms.work_format, terms.employment,
        terms.salary_min, terms.salary_max, terms.currency, list(terms.skills), terms.language,
        QUESTIONS.dump_python(terms.questions, mode="json"), RUBRIC.dump_python(terms.rubric, mode="json"),
        terms.keep_days,
    )  # fmt: skip


def _vacancy(row: Row) -> Vacancy:
    return Vacancy(
        workspace_id=WorkspaceId(row["workspace_id"]), id=row["id"], company=row["company"], terms=_terms(row),
        created_at=row["created_at"], updated_at=row["updated_at"], archived_at=row["archived_at"],
    )  # fmt: skip


def _terms(row: Row) -> Terms:
    return Terms(
        title=row["title"], description=row["description"], status=VacancyStatus(row["status"]),
        location=row["location"], work_format=WorkFormat(row["work_format"]) if row["work_format"] else None,
        employment=Employment(row["employment"]) if row["employment"] else None, salary_min=row["salary_min"],
        salary_max=row["salary_max"], currency=row["currency"], skills=tuple(row["skills"]),
        language=as_locale(row["language"]), questions=QUESTIONS.validate_python(row["questions"]),
        rubric=RUBRIC.validate_python(row["rubric"]), keep_days=row["keep_days"],
    )  # fmt: skip
