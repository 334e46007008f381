"""Candidates: they tell who they are, and are known to a company once they apply there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_token, random_id, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.files import service as files
from besedka.products.hiring import places
from besedka.products.hiring.errors import CandidateNotFound
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.slots import SentRepository
from besedka.products.hiring.types import INTAKE, INTAKE_DAYS, Candidate, Person, Sort


async def register(
    runtime: Runtime, person: Person, *, known_as: UUID | None = None
) -> tuple[Candidate, str]:
    """Add a candidate to the intake; returns it with its token, which is told this once.

    Who registers again under an id that nobody else can know stays who they were.
    """
    for words in (person.full_name, person.city, person.resume_text):
        conversations.check_text(words)
    candidate_id, token = known_as or random_id(), new_token()
    async with runtime.db.fast.transaction(INTAKE) as conn:
        candidates = CandidateRepository(conn)
        await candidates.ensure(candidate_id, person, token_hash=token_hash(token))
        found = await candidates.find(candidate_id)
    if found is None:
        raise CandidateNotFound
    return found, token


async def find_owned(runtime: Runtime, candidate_id: UUID, token: str) -> Candidate | None:
    """Return the candidate whose token this is."""
    async with runtime.db.fast.acquire(INTAKE) as conn:
        return await CandidateRepository(conn).find_by_token(candidate_id, token_hash(token))


async def get_candidate(conn: TenantConn, candidate_id: UUID) -> Candidate:
    """Return a candidate who applied to the company. Raises CandidateNotFound."""
    found = await CandidateRepository(conn).find(candidate_id)
    if found is None:
        raise CandidateNotFound
    return found


async def list_candidates(
    conn: TenantConn, *, text: str = "", city: str = "", before: tuple[datetime, UUID] | None = None, limit: int = 50,
    sort: Sort = Sort.NEWEST,
) -> list[Candidate]:  # fmt: skip
    """Return those who applied to the company."""
    named = places.spellings(city) if city else None
    return await CandidateRepository(conn).page(
        text=text, city=named, before=before, limit=limit, sort=sort
    )


async def take_from_intake(runtime: Runtime, candidate_id: UUID) -> tuple[Candidate, bytes]:
    """Return a candidate who waits in the intake, with the hash of its token. Raises CandidateNotFound."""
    async with runtime.db.fast.acquire(INTAKE) as conn:
        found = await CandidateRepository(conn).lock(candidate_id)
    if found is None:
        raise CandidateNotFound
    return found


async def settle(
    conn: TenantConn, candidate: Candidate, hashed: bytes, *, language: str
) -> Candidate:  # fmt: skip
    """Copy a candidate into the company, once, and lock it there; it becomes a contact."""
    await CandidateRepository(conn).ensure(candidate.id, candidate.person, token_hash=hashed)
    return await settle_found(conn, candidate.id, language=language)


async def settle_found(conn: TenantConn, candidate_id: UUID, *, language: str) -> Candidate:
    """Lock a candidate of the company, who becomes a contact unless they are one. Raises CandidateNotFound."""
    candidates = CandidateRepository(conn)
    locked = await candidates.lock(candidate_id)
    if locked is None:
        raise CandidateNotFound
    candidate, person = locked[0], locked[0].person
    if candidate.contact_id is None:
        contact = await conversations.create_contact(
            conn,
            name=person.full_name,
            email=person.email,
            phone=person.phone or None,
            locale=language,
        )
        await candidates.set_contact(candidate.id, contact.id)
    return await get_candidate(conn, candidate.id)


async def repoint(conn: TenantConn, survivor: ActorId, merged: ActorId) -> Sequence[UUID]:
    """Let the candidates of a merged contact be the one that it turned out to be; return which they are."""
    return await CandidateRepository(conn).repoint(survivor, merged)


async def give_back(conn: TenantConn, contact: ActorId, moved: Sequence[UUID]) -> None:
    """Let those of the candidates who are still there be the contact that they were."""
    await CandidateRepository(conn).give_back(contact, moved)


async def forget(conn: TenantConn, contacts: Sequence[ActorId]) -> None:
    """Forget the candidates of contacts who are erased, with their applications and résumés."""
    sent = await SentRepository(conn).files_of(list(contacts))
    await CandidateRepository(conn).forget(list(contacts))
    for file_id in sent:
        await files.delete(conn, file_id)


async def sweep_intake(runtime: Runtime) -> None:
    """Forget candidates who applied nowhere."""
    async with runtime.db.fast.acquire(INTAKE) as conn:
        await CandidateRepository(conn).sweep(days=INTAKE_DAYS)


async def drop(conn: TenantConn, candidate_id: UUID) -> None:
    """Delete a candidate of the intake."""
    await CandidateRepository(conn).drop(candidate_id)
