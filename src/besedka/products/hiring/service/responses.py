"""Applications: made by candidates, listed by the employer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import WorkspaceId, new_token, random_id, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import EVERYTHING, Kind, Message, ParticipantRole
from besedka.products.hiring.errors import CandidateUnknown, ResponseNotFound, VacancyShut
from besedka.products.hiring.repository.responses import (
    NewResponse,
    PublicResponses,
    ResponseRepository,
)
from besedka.products.hiring.service import candidates, vacancies
from besedka.products.hiring.types import (
    Answer,
    Candidate,
    Entry,
    Response,
    ResponseFilter,
    Transition,
    Vacancy,
    VacancyStatus,
)

MOST_MESSAGES = 200
Companion = Callable[[TenantConn, Response], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Applied:
    """An application; `token` is told when it is new."""

    response: Response
    token: str | None


async def apply(
    runtime: Runtime, vacancy_id: UUID, candidate_id: UUID, *, language: Locale | None = None,
    companion: Companion | None = None,
) -> Applied:  # fmt: skip
    """Apply for a vacancy; the same candidate's second application gives the first one back.

    `companion` does what belongs to a new application, in its transaction.
    Raises VacancyNotFound, VacancyShut, CandidateNotFound.
    """
    vacancy = await vacancies.find_public(runtime, vacancy_id)
    if vacancy.terms.status is not VacancyStatus.OPEN:
        raise VacancyShut
    waiting, hashed = await candidates.take_from_intake(runtime, candidate_id)
    spoken = language or vacancy.terms.language
    async with runtime.db.fast.transaction(vacancy.workspace_id) as conn:
        candidate = await candidates.settle(conn, waiting, hashed, language=spoken)
        before = await ResponseRepository(conn).find_of(vacancy_id, candidate_id)
        if before is not None:
            return Applied(before, None)
        applied = await add(conn, vacancy, candidate, language=spoken)
        if companion is not None:
            await companion(conn, applied.response)
        return applied


async def add(
    conn: TenantConn, vacancy: Vacancy, candidate: Candidate, *, language: Locale
) -> Applied:
    """Add a known candidate's application, with a conversation for its interview."""
    terms, token = vacancy.terms, new_token()
    assert candidate.contact_id is not None
    chat = await conversations.create_conversation(
        conn, kind=Kind.INTERVIEW, title=terms.title,
        participants=[(candidate.contact_id, ParticipantRole.CONTACT)],
    )  # fmt: skip
    questions = terms.questions or vacancies.default_questions(language)
    new = NewResponse(
        id=random_id(), vacancy_id=vacancy.id, candidate_id=candidate.id, conversation_id=chat.id,
        token_hash=token_hash(token), language=language, location=vacancies.place_of(terms),
        questions=questions, rubric=terms.rubric,
    )  # fmt: skip
    await ResponseRepository(conn).insert(new)
    return Applied(await get_response(conn, new.id), token)


async def find_workspace(runtime: Runtime, response_id: UUID) -> WorkspaceId:
    """Return in which company an application is. Raises ResponseNotFound."""
    async with runtime.db.system.acquire() as conn:
        found = await PublicResponses(conn).find_workspace(response_id)
    if found is None:
        raise ResponseNotFound
    return found


async def check_candidate(runtime: Runtime, response_id: UUID, token: str) -> WorkspaceId:
    """Return in which company an application is, to its candidate. Raises CandidateUnknown."""
    try:
        workspace = await find_workspace(runtime, response_id)
    except ResponseNotFound as error:
        raise CandidateUnknown from error
    async with runtime.db.fast.acquire(workspace) as conn:
        if not await ResponseRepository(conn).has_token(response_id, token_hash(token)):
            raise CandidateUnknown
    return workspace


async def get_response(conn: TenantConn, response_id: UUID) -> Response:
    """Return an application. Raises ResponseNotFound."""
    found = await ResponseRepository(conn).find(response_id)
    if found is None:
        raise ResponseNotFound
    return found


async def get_entry(conn: TenantConn, response_id: UUID) -> Entry:
    """Return an application with its candidate. Raises ResponseNotFound."""
    found = await ResponseRepository(conn).find_entry(response_id)
    if found is None:
        raise ResponseNotFound
    return found


async def list_responses(conn: TenantConn, wanted: ResponseFilter) -> list[Entry]:
    """Return applications to the company."""
    return await ResponseRepository(conn).page(wanted)


async def course_of(conn: TenantConn, response_id: UUID) -> list[Transition]:
    """Return the steps of an interview, in order."""
    return await ResponseRepository(conn).transitions(response_id)


async def answers_of(conn: TenantConn, response_id: UUID) -> list[Answer]:
    """Return what was answered in an interview."""
    return await ResponseRepository(conn).answers(response_id)


async def messages_of(conn: TenantConn, response: Response, *, after_seq: int) -> list[Message]:
    """Return the messages of an interview after a place, the oldest first."""
    return await conversations.page(
        conn, response.conversation_id, viewer=EVERYTHING, after_seq=after_seq, limit=MOST_MESSAGES
    )


async def consent_of(conn: TenantConn, response_id: UUID) -> str:
    """Return the words that a candidate agreed to."""
    return await ResponseRepository(conn).consent(response_id)
