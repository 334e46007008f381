"""What is kept of a candidate: all of it for them to take away, erased when they or the company want it, or in time."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import structlog
from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ContactNotFound
from besedka.products.hiring.errors import CandidateNotFound
from besedka.products.hiring.repository.decisions import Expired
from besedka.products.hiring.repository.responses import ResponseRepository
from besedka.products.hiring.repository.slots import SentRepository
from besedka.products.hiring.service import board, candidates, decisions, letters, responses, slots
from besedka.products.hiring.types import INTAKE

log = structlog.get_logger(__name__)

BATCH: Final = 200


async def export(conn: TenantConn, response_id: UUID) -> Mapping[str, JsonValue]:
    """Return all that is kept of an application, as JSON. Raises ResponseNotFound."""
    response = await responses.get_response(conn, response_id)
    candidate = await candidates.get_candidate(conn, response.candidate_id)
    person, consent = candidate.person, await ResponseRepository(conn).consent(response_id)
    said = await responses.messages_of(conn, response, after_seq=0)
    sent = await SentRepository(conn).find(response_id)
    return {
        "candidate": {
            "full_name": person.full_name, "email": person.email, "phone": person.phone, "city": person.city,
            "resume_text": person.resume_text,
        },
        "status": response.status.value,
        "consent": {"version": response.consent_version, "text": consent, "at": _at(response.consented_at)},
        "sent": None if sent is None else {
            "version": sent.consent_version, "text": sent.consent_text, "at": _at(sent.agreed_at),
            "resume_file": sent.file_id is not None,
        },
        "times": [
            {"at": _at(each.starts_at), "minutes": each.minutes, "place": each.place, "state": each.state.value}
            for each in await slots.list_slots(conn, response_id)
        ],
        "messages": [{"from": each.sender.name, "text": each.body, "at": _at(each.created_at)} for each in said],
        "answers": [{"question": each.question, "text": each.text} for each in await responses.answers_of(conn, response_id)],
        "outcome": await ResponseRepository(conn).outcome(response_id),
        "decisions": [
            {"decision": each.verdict.value, "reason": each.reason, "by": each.decider, "at": _at(each.created_at)}
            for each in await decisions.list_decisions(conn, response_id)
        ],
        "contests": [each.body for each in await decisions.list_contests(conn, response_id)],
        "letters": [
            {"subject": each.draft.subject, "text": each.draft.body, "state": each.state.value}
            for each in await letters.list_letters(conn, response_id)
        ],
        "notes": [{"text": each.body, "by": each.author, "at": _at(each.created_at)} for each in await board.list_notes(conn, response_id)],
        "steps": [{"step": each.step.value, "at": _at(each.created_at)} for each in await responses.course_of(conn, response_id)],
    }  # fmt: skip


def _at(moment: object) -> str | None:
    return None if moment is None else str(moment)


async def erase(
    runtime: Runtime, workspace: WorkspaceId, candidate_id: UUID, *, by: ActorId | None
) -> None:
    """Forget a candidate in a company: who they were, what they wrote, and all applications. Raises CandidateNotFound.

    The interviews stay as empty places. Without `by` the candidate wants it; then the intake forgets them too.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        candidate = await candidates.get_candidate(conn, candidate_id)
        if candidate.contact_id is None:
            raise CandidateNotFound
        eraser = by or await accounts.ensure_system_actor(conn)
        await conversations.erase_contact(runtime, conn, candidate.contact_id, by=eraser)
    if by is None:
        async with runtime.db.fast.acquire(INTAKE) as conn:
            await candidates.drop(conn, candidate_id)


async def expire(runtime: Runtime) -> int:
    """Forget candidates none of whose applications is to be kept any longer; returns how many."""
    async with runtime.db.system.acquire() as system:
        found = await Expired(system).contacts(limit=BATCH)
    done = 0
    for workspace, contact in found:
        try:
            async with runtime.db.fast.transaction(workspace) as conn:
                system_actor = await accounts.ensure_system_actor(conn)
                await conversations.erase_contact(runtime, conn, contact, by=system_actor)
        except ContactNotFound:
            continue
        except BesedkaError as error:
            log.warning("a candidate could not be forgotten", code=error.code)
        else:
            done += 1
    return done
