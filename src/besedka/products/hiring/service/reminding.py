"""Interviews that nobody goes on with: the candidate is reminded by letter twice, then nobody waits any longer."""

from typing import Final
from uuid import UUID

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.runtime import Runtime
from besedka.kernel.mail import service as mail
from besedka.products.hiring import interview
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.responses import PublicResponses
from besedka.products.hiring.service import links
from besedka.products.hiring.service.interviews import SYSTEM, locked, store
from besedka.products.hiring.service.vacancies import get_any

log = structlog.get_logger(__name__)

BATCH: Final = 200


async def remind_all(runtime: Runtime) -> None:
    """Remind the candidates of quiet interviews, or give the interviews up; one that fails is tried again later."""
    async with runtime.db.system.acquire() as system:
        found = await PublicResponses(system).quiet(limit=BATCH)
    for workspace, response_id in found:
        try:
            async with runtime.db.fast.transaction(workspace) as conn:
                await remind(runtime, conn, response_id)
        except BesedkaError as error:
            log.warning("a candidate could not be reminded", code=error.code)


async def remind(runtime: Runtime, conn: TenantConn, response_id: UUID) -> None:
    """Remind the candidate of an interview, or give it up after the last reminder."""
    response = await locked(conn, response_id)
    move = interview.remind(response.course)
    if not move.passed:
        await store(conn, response, interview.give_up(response.course), by=SYSTEM)
        return
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    if candidate is None:
        return
    vacancy = await get_any(conn, response.vacancy_id)
    await mail.send(
        conn, to=candidate.person.email, letter="hiring_reminder", locale=response.language,
        params={
            "name": candidate.person.full_name, "company": vacancy.company, "title": vacancy.terms.title,
            "link": links.link_of(runtime, response_id),
        },
    )  # fmt: skip
    await store(conn, response, move, by=SYSTEM)
