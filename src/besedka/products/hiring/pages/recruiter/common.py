"""What the pages of those who hire share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import ValidationError

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.i18n import has_text, locale_of, text
from besedka.core.ids import WorkspaceId
from besedka.core.problems import words_of
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.products.hiring.errors import BadVacancy
from besedka.products.hiring.service import vacancies
from besedka.products.hiring.types import MANAGE, READ, Terms, Vacancy
from besedka.web import render

PATH: Final = "/dashboard/hiring"

Watcher = Annotated[Identity, Depends(require_on_page(READ))]
Chooser = Annotated[Identity, Depends(require_on_page(MANAGE))]

Failure = BesedkaError | ValidationError


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who hires, before a vacancy."""

    identity: Identity
    vacancy: Vacancy

    @property
    def workspace(self) -> WorkspaceId:
        """Where both are."""
        return self.identity.workspace_id

    @property
    def terms(self) -> Terms:
        """What the vacancy says."""
        return self.vacancy.terms

    def path(self, place: str = "") -> str:
        """Return the address of one of the vacancy's pages."""
        return f"{PATH}/vacancies/{self.vacancy.id}" + (f"/{place}" if place else "")


async def _look(vacancy_id: UUID, runtime: CurrentRuntime, identity: Watcher) -> Desk:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return Desk(identity, await vacancies.get_vacancy(conn, vacancy_id))


async def _change_one(vacancy_id: UUID, runtime: CurrentRuntime, identity: Chooser) -> Desk:
    return await _look(vacancy_id, runtime, identity)


Watched = Annotated[Desk, Depends(_look)]
"""For those who may look."""
Managed = Annotated[Desk, Depends(_change_one)]
"""For those who may change it."""


async def show(
    request: Request, desk: Desk, template: str, *, tab: str, failure: Failure | None = None, **context: object
) -> Response:  # fmt: skip
    """Show a page of a vacancy, with what went wrong where something did."""
    return await render.page(
        request, f"hiring/{template}.html", status=status_of(failure), desk=desk, vacancy=desk.vacancy,
        terms=desk.terms, tab=tab, path=desk.path(), may_manage=desk.identity.may(MANAGE),
        failure=words_for(request, failure), **context,
    )  # fmt: skip


def status_of(failure: Failure | None) -> int:
    """Return the status of a page that shows a failure."""
    if failure is None:
        return 200
    return failure.status if isinstance(failure, BesedkaError) else InvalidInput.status


def words_for(request: Request, failure: Failure | None) -> str:
    """Say what went wrong; of a field in its own words where there are some."""
    if failure is None:
        return ""
    locale = locale_of(request)
    key = f"recruiting.bad_{_field_of(failure)}"
    if has_text(key):
        return text(locale, key)
    return words_of(locale, failure if isinstance(failure, BesedkaError) else InvalidInput())


def _field_of(failure: Failure) -> str:
    if isinstance(failure, ValidationError):
        return str(failure.errors()[0]["loc"][0]) if failure.errors()[0]["loc"] else ""
    return str(failure.params.get("field", "")) if isinstance(failure, BadVacancy) else ""


async def change(
    runtime: Runtime, desk: Desk, edit: Callable[[Terms], Terms]
) -> BesedkaError | None:
    """Change what a vacancy says now; returns what does not fit together, if something does not."""
    try:
        async with runtime.db.fast.transaction(desk.workspace) as conn:
            now = await vacancies.get_vacancy(conn, desk.vacancy.id)
            await vacancies.change(conn, desk.vacancy.id, edit(now.terms))
    except BesedkaError as error:
        if error.status not in {409, 422}:
            raise
        return error
    return None


def lines(typed: str) -> list[str]:
    """Return the lines of what was typed, without empty ones."""
    return [line.strip() for line in typed.splitlines() if line.strip()]


Typed = Mapping[str, object]
