"""Letters to candidates: proposed, written by a person, sent after a delay in which they can be taken back."""

from datetime import timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import text
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.jobs import service as jobs
from besedka.kernel.mail import service as mail
from besedka.products.hiring import interview
from besedka.products.hiring.errors import HiringLetterNotFound, LetterUnfit
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.decisions import HiringLetters
from besedka.products.hiring.service import links
from besedka.products.hiring.service.interviews import SYSTEM, locked, store
from besedka.products.hiring.service.responses import get_response
from besedka.products.hiring.service.vacancies import get_any
from besedka.products.hiring.types import (
    SEND_JOB,
    Draft,
    Letter,
    LetterKind,
    LetterState,
    Response,
    Status,
)

_FITTING = {
    LetterKind.INVITATION: frozenset({Status.INVITED, Status.HIRED}),
    LetterKind.REJECTION: frozenset({Status.REJECTED}),
    LetterKind.OFFER: frozenset({Status.HIRED}),
}


def fits(response: Response, kind: LetterKind) -> bool:
    """Whether a letter tells what was decided."""
    return response.status in _FITTING[kind]


async def propose(conn: TenantConn, response_id: UUID, kind: LetterKind) -> Draft:
    """Return the words that a letter may have, in the candidate's language. Raises ResponseNotFound."""
    response = await get_response(conn, response_id)
    vacancy = await get_any(conn, response.vacancy_id)
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    params = {
        "company": vacancy.company, "title": vacancy.terms.title,
        "name": candidate.person.full_name if candidate else "",
    }  # fmt: skip
    subject, body = (
        text(response.language, f"hiring.letter_{kind}_{part}", **params)
        for part in ("subject", "body")
    )
    return Draft(kind=kind, subject=subject, body=body)


async def write(
    conn: TenantConn, response_id: UUID, draft: Draft, *, by: ActorId, delay: timedelta
) -> Letter:
    """Write a letter that leaves after a delay. Raises LetterUnfit, ResponseNotFound."""
    for words in (draft.subject, draft.body):
        conversations.check_text(words)
    response = await locked(conn, response_id)
    if not fits(response, draft.kind):
        raise LetterUnfit
    letter = Letter(
        id=new_id(), response_id=response_id, draft=draft, state=LetterState.WAITING, send_at=now() + delay,
        written_by=by,
    )  # fmt: skip
    await HiringLetters(conn).insert(letter)
    await jobs.defer(conn, SEND_JOB, {"letter_id": str(letter.id)}, run_at=letter.send_at)
    return letter


async def list_letters(conn: TenantConn, response_id: UUID) -> list[Letter]:
    """Return the letters about an application, the oldest first."""
    return await HiringLetters(conn).of_response(response_id)


async def take_back(conn: TenantConn, response_id: UUID, letter_id: UUID) -> None:
    """Take a letter back that has not left. Raises HiringLetterNotFound."""
    letters = HiringLetters(conn)
    found = await letters.lock_waiting(letter_id)
    if found is None or found.response_id != response_id:
        raise HiringLetterNotFound
    await letters.mark(letter_id, LetterState.CANCELLED)


async def send(runtime: Runtime, conn: TenantConn, letter_id: UUID) -> None:
    """Send a letter that still waits, once; one that does not fit any more is taken back."""
    letters = HiringLetters(conn)
    letter = await letters.lock_waiting(letter_id)
    if letter is None:
        return
    response = await locked(conn, letter.response_id)
    candidate = await CandidateRepository(conn).find(response.candidate_id)
    if candidate is None or not fits(response, letter.draft.kind):
        await letters.mark(letter_id, LetterState.CANCELLED)
        return
    await mail.send(
        conn, to=candidate.person.email, letter="hiring_letter", locale=response.language,
        params={
            "subject": letter.draft.subject, "body": letter.draft.body, "link": links.link_of(runtime, response.id),
        },
    )  # fmt: skip
    await letters.mark(letter_id, LetterState.SENT)
    await store(conn, response, interview.notify(response.course), by=SYSTEM)
