"""Trying an interview out: a real one, of a candidate who is nobody. It is in no list and no figure, and is removed."""

from typing import Final
from uuid import UUID

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.i18n import Locale, text
from besedka.core.ids import ActorId, new_token, random_id, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.products.hiring.errors import ResponseNotFound, VacancyShut
from besedka.products.hiring.repository.trying import TrialRepository, Tried
from besedka.products.hiring.service import candidates, responses
from besedka.products.hiring.types import Person, Response, Vacancy, VacancyStatus

log = structlog.get_logger(__name__)

NOBODY: Final = "try@besedka.invalid"
HOURS: Final = 24
BATCH: Final = 200


async def start(
    runtime: Runtime, conn: TenantConn, vacancy: Vacancy, *, by: ActorId, language: Locale, resume: str = ""
) -> Response:  # fmt: skip
    """Let somebody of the company be interviewed for a vacancy, a draft too; what they tried before of it is removed.

    Raises VacancyShut for a closed one.
    """
    if vacancy.terms.status is VacancyStatus.CLOSED:
        raise VacancyShut
    for tried in await TrialRepository(conn).of_vacancy(vacancy.id, by):
        await _remove(runtime, conn, tried)
    conversations.check_text(resume)
    person = Person(
        full_name=text(language, "recruiting.try_name"), email=NOBODY, city=vacancy.terms.location, resume_text=resume
    )  # fmt: skip
    candidate_id = random_id()
    hashed = token_hash(new_token())
    await TrialRepository(conn).add(candidate_id, person, by=by, token_hash=hashed)
    candidate = await candidates.settle_found(conn, candidate_id, language=language)
    applied = await responses.add(conn, vacancy, candidate, language=language)
    return applied.response


async def get_own(conn: TenantConn, response_id: UUID, *, by: ActorId) -> Response:
    """Return an interview that somebody tries out themselves. Raises ResponseNotFound."""
    found = await responses.get_response(conn, response_id)
    await _find_own(conn, found, by)
    return found


async def end(runtime: Runtime, conn: TenantConn, response_id: UUID, *, by: ActorId) -> None:
    """Remove an interview that somebody tries out themselves, with all that was said. Raises ResponseNotFound."""
    found = await responses.get_response(conn, response_id)
    await _remove(runtime, conn, await _find_own(conn, found, by))


async def _find_own(conn: TenantConn, response: Response, by: ActorId) -> Tried:
    for tried in await TrialRepository(conn).of_vacancy(response.vacancy_id, by):
        if tried.response_id == response.id:
            return tried
    raise ResponseNotFound


async def clear(runtime: Runtime, conn: TenantConn, vacancy_id: UUID) -> None:
    """Remove whatever is tried out of a vacancy."""
    for tried in await TrialRepository(conn).of_vacancy(vacancy_id, None):
        await _remove(runtime, conn, tried)


async def sweep(runtime: Runtime) -> None:
    """Remove what was tried out a day ago."""
    async with runtime.db.system.acquire() as system:
        found = await TrialRepository.old(system, hours=HOURS, limit=BATCH)
    for workspace, tried in found:
        try:
            async with runtime.db.fast.transaction(workspace) as conn:
                await _remove(runtime, conn, tried)
        except BesedkaError as error:
            log.warning("a tried interview could not be removed", code=error.code)


async def _remove(runtime: Runtime, conn: TenantConn, tried: Tried) -> None:
    await TrialRepository(conn).remove(tried.candidate_id)
    await conversations.discard_dialog(runtime, conn, tried.conversation_id)
    await conversations.delete_contact(conn, tried.contact_id)
