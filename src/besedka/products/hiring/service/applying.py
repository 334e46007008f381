"""Applying by the form of the careers page: the résumé is read, bots are kept out, a letter brings the way back."""

import base64
import hmac
from datetime import timedelta
from typing import Final
from uuid import UUID

from besedka.core.clock import now
from besedka.core.content.kinds import Kind
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale, text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.core.security import puzzle
from besedka.kernel.files import service as files
from besedka.kernel.files.types import StoredFile, UnusedFile, Upload
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.mail import service as mail
from besedka.products.hiring import resume
from besedka.products.hiring.errors import WorkNeeded
from besedka.products.hiring.repository.candidates import CandidateRepository
from besedka.products.hiring.repository.slots import SentRepository
from besedka.products.hiring.service import candidates, links, responses
from besedka.products.hiring.types import (
    DROP_JOB,
    INTAKE,
    Person,
    Response,
    Sent,
    Vacancy,
)

FORM_CONSENT: Final = "1"
"""The version of the words under `hiring.form_consent`."""
RESUME_KINDS: Final = frozenset({Kind.PDF, Kind.DOCX, Kind.TEXT, Kind.MARKDOWN, Kind.ODT, Kind.RTF})
RESUME_BYTES: Final = 10 * 1024 * 1024
CALM_PER_MINUTE: Final = 60
"""So many new candidates a minute, in the whole house, are a good day."""
KEEP_UNSENT: Final = timedelta(days=1)
_PUZZLE: Final = "hiring-puzzle"
_FORM: Final = "hiring-form"
_FILE: Final = "hiring-file"


def consent_words(locale: Locale, vacancy: Vacancy) -> str:
    """Return what who applies agrees to."""
    return text(
        locale, "hiring.form_consent", company=vacancy.company, days=vacancy.terms.keep_days
    )


async def find_challenge(runtime: Runtime, form: str) -> tuple[str, int] | None:
    """Return the puzzle that a form has to bring solved and its bits, None on a calm day."""
    async with runtime.db.fast.acquire(INTAKE) as conn:
        begun = await CandidateRepository(conn).count_new(most=CALM_PER_MINUTE * 16)
    bits = puzzle.bits_for(begun, calm=CALM_PER_MINUTE)
    if not bits:
        return None
    moment = int(now().timestamp())
    return puzzle.challenge(runtime.secrets, _PUZZLE, about=form, bits=bits, at=moment), bits


async def check_calm(runtime: Runtime, form: str, *, challenge: str, solution: str) -> None:
    """Let a form in, unless too many come and this one brings no solved puzzle. Raises WorkNeeded."""
    if puzzle.is_answered(
        runtime.secrets, _PUZZLE, about=form, challenged=challenge, solution=solution, at=now().timestamp()
    ):  # fmt: skip
        return
    if await find_challenge(runtime, form) is not None:
        raise WorkNeeded


async def keep_resume(runtime: Runtime, workspace: WorkspaceId, upload: Upload) -> StoredFile:
    """Keep a résumé for a day, in which the form has to follow. Raises what store_upload raises."""
    stored = await files.store_upload(
        runtime, upload, workspace_id=workspace, actor_id=None, kinds=RESUME_KINDS
    )
    async with runtime.db.fast.transaction(workspace) as conn:
        await jobs.defer(conn, DROP_JOB, {"file_id": str(stored.id)}, run_at=now() + KEEP_UNSENT)
    return stored


async def drop_resume(runtime: Runtime, workspace: WorkspaceId, file_id: UUID) -> None:
    """Forget a résumé that nobody applied with."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await files.list_files(conn, [file_id])
    for each in found:
        await files.delete_unused(runtime, UnusedFile(workspace, each.id, each.name, each.size))


async def read_resume(runtime: Runtime, workspace: WorkspaceId, file: StoredFile) -> Person | None:
    """Return what a résumé says of its owner, None when it cannot be read."""
    words = await knowledge.text_of_file(runtime, workspace, file.id, name=file.name)
    return None if words is None else resume.propose(words)


def ticket_of(runtime: Runtime, form: str, file_id: UUID) -> str:
    """Return what a form carries to say which file it sent before."""
    return f"{file_id}.{_signed(runtime, form, file_id)}"


def read_ticket(runtime: Runtime, form: str, ticket: str) -> UUID | None:
    """Return which file a form sent before; None when it sent none."""
    named, _, signature = ticket.partition(".")
    try:
        file_id = UUID(named)
    except ValueError:
        return None
    own = _signed(runtime, form, file_id)
    return file_id if hmac.compare_digest(own.encode(), signature.encode()) else None


def _signed(runtime: Runtime, form: str, file_id: UUID) -> str:
    signature = runtime.secrets.sign(_FILE, form.encode() + file_id.bytes)[:18]
    return base64.urlsafe_b64encode(signature).decode()


async def find_resume(
    runtime: Runtime, workspace: WorkspaceId, form: str, ticket: str
) -> StoredFile | None:
    """Return the file that a form sent before, if it is still there."""
    file_id = read_ticket(runtime, form, ticket)
    if file_id is None:
        return None
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await files.list_files(conn, [file_id])
    return found[0] if found else None


async def send(
    runtime: Runtime, vacancy: Vacancy, person: Person, *, form: str, language: Locale, file_id: UUID | None
) -> Response:  # fmt: skip
    """Apply with what a form says, once a form; the letter brings the way back.

    Raises VacancyNotFound, VacancyShut, BadText.
    """
    known_as = UUID(bytes=runtime.secrets.sign(_FORM, form.encode())[:16], version=4)
    who, _ = await candidates.register(runtime, person, known_as=known_as)
    sent = Sent(FORM_CONSENT, consent_words(language, vacancy), file_id)

    async def keep(conn: TenantConn, response: Response) -> None:
        await SentRepository(conn).insert(response.id, sent)
        await _greet(runtime, conn, response, vacancy, person)

    applied = await responses.apply(runtime, vacancy.id, who.id, language=language, companion=keep)
    return applied.response


async def _greet(
    runtime: Runtime, conn: TenantConn, response: Response, vacancy: Vacancy, person: Person
) -> None:
    await mail.send(
        conn, to=person.email, letter="hiring_applied", locale=response.language,
        params={
            "name": person.full_name, "company": vacancy.company, "title": vacancy.terms.title,
            "link": links.link_of(runtime, response.id),
        },
    )  # fmt: skip


async def sent_with(conn: TenantConn, response_id: UUID) -> Sent | None:
    """Return what came with the form; None of an application that came otherwise."""
    return await SentRepository(conn).find(response_id)
