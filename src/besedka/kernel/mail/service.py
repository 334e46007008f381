"""Use cases of mail: write a letter, carry it away, set the mail server, look into the outbox."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.db.connection import Conn, SystemConn
from besedka.core.i18n import as_locale
from besedka.core.ids import new_id
from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretBox, SecretUnreadable
from besedka.kernel.jobs import service as jobs
from besedka.kernel.mail import address, library, repository, smtp
from besedka.kernel.mail.errors import (
    BadMailServer,
    LetterNotFound,
    LetterRefused,
    MailUnavailable,
    NoMailServer,
)
from besedka.kernel.mail.repository import LetterRepository, LettersTo, ServerRepository
from besedka.kernel.mail.types import Letter, LetterId, LetterState, MailServer, Security

DELIVER = "mail.deliver"
PRIORITY = 1
SENT_DAYS, UNSENT_DAYS = 30, 90
LAST_PORT = 65535
PLACE = "host/mail_server/1/password"


async def send(
    conn: Conn, *, to: str, letter: str, locale: str, params: Mapping[str, JsonValue] | None = None,
    unsubscribe: str | None = None, calendar: str | None = None,
) -> LetterId:  # fmt: skip
    """Write a letter in the caller's transaction; it leaves after the commit.

    `unsubscribe` is an address where one POST without a cookie stops such letters, `calendar` an appointment. Raises BadAddress, BadLetter, UnknownLetter.
    """
    language = as_locale(locale)
    made = Letter(
        id=LetterId(new_id()), name=letter, to=address.checked(to), locale=language,
        written=library.installed().write(letter, locale=language, params=params or {}),
        state=LetterState.QUEUED, error=None, created_at=now(), sent_at=None, unsubscribe=unsubscribe,
        calendar=calendar,
    )  # fmt: skip
    await repository.insert(conn, made)
    await _queue(conn, made.id)
    return made.id


async def _queue(conn: Conn, letter_id: LetterId) -> None:
    await jobs.defer(conn, DELIVER, {"letter_id": str(letter_id)}, priority=PRIORITY)


async def deliver(runtime: Runtime, letter_id: LetterId) -> None:
    """Carry a letter away, or put it into the outbox when no mail server is set.

    A refused letter is marked failed. Raises MailUnavailable when another try can help.
    """
    async with runtime.db.system.acquire() as conn:
        letter = await LetterRepository(conn).find(letter_id)
        server = await find_server(conn, runtime.settings, runtime.secrets)
        if letter is None or letter.state is not LetterState.QUEUED:
            return
        if server is None:
            await LetterRepository(conn).mark(letter_id, LetterState.OUTBOX)
            return
    try:
        await smtp.transmit(server, smtp.compose(letter, server.sender))
    except (LetterRefused, MailUnavailable) as error:
        await _note_failure(runtime, letter_id, error)
        return
    async with runtime.db.system.acquire() as conn:
        await LetterRepository(conn).mark_sent(letter_id)


async def _note_failure(
    runtime: Runtime, letter_id: LetterId, error: LetterRefused | MailUnavailable
) -> None:
    state = LetterState.FAILED if error.permanent else LetterState.QUEUED
    async with runtime.db.system.acquire() as conn:
        await LetterRepository(conn).mark(letter_id, state, error=str(error.params["reason"]))
    if not error.permanent:
        raise error


async def give_up(runtime: Runtime, letter_id: LetterId) -> None:
    """Mark a letter failed: the mail server stayed away through every attempt."""
    async with runtime.db.system.acquire() as conn:
        letter = await LetterRepository(conn).find(letter_id)
        if letter is not None:
            await LetterRepository(conn).mark(letter_id, LetterState.FAILED, error=letter.error)


async def find_server(
    conn: SystemConn, settings: Settings, secrets: SecretBox
) -> MailServer | None:
    """Return the mail server in force: BESEDKA_SMTP_URL, else the host's setting.

    Raises BadMailServer, and MailUnavailable when the stored password cannot be opened.
    """
    url = settings.smtp_url.get_secret_value()
    if url:
        return address.server_of(url, sender=_sender(settings, settings.mail_from))
    row = await ServerRepository(conn).find()
    if row is None:
        return None
    return MailServer(
        host=row["host"], port=row["port"], security=Security(row["security"]),
        username=row["username"], password=_opened(secrets, row["password"]),
        sender=_sender(settings, row["sender"]),
    )  # fmt: skip


def _opened(secrets: SecretBox, sealed: bytes) -> str:
    try:
        return secrets.open(sealed, PLACE) if sealed else ""
    except SecretUnreadable as error:
        raise MailUnavailable(
            reason="the stored password cannot be opened, enter it again"
        ) from error


def _sender(settings: Settings, sender: str) -> str:
    return sender or settings.mail_from or f"besedka@{urlsplit(settings.base_url).hostname}"


async def shown_server(conn: SystemConn) -> MailServer | None:
    """Return what pages may show of the stored mail server: everything but the password."""
    row = await ServerRepository(conn).find()
    if row is None:
        return None
    return MailServer(
        host=row["host"], port=row["port"], security=Security(row["security"]),
        username=row["username"], sender=row["sender"],
    )  # fmt: skip


async def has_server(runtime: Runtime) -> bool:
    """Whether letters leave the house."""
    async with runtime.db.system.acquire() as conn:
        return await find_server(conn, runtime.settings, runtime.secrets) is not None


async def save_server(conn: SystemConn, secrets: SecretBox, server: MailServer) -> None:
    """Set the installation's mail server; an empty password keeps the stored one of the same user and host.

    The host's administrator may name any address, private ones too. Raises BadMailServer, BadAddress.
    """
    check_server(server)
    sealed = secrets.seal(server.password, PLACE) if server.password else None
    before = await ServerRepository(conn).find()
    same = before is not None and (before["host"], before["username"]) == (
        server.host,
        server.username,
    )
    if sealed is None and not same:
        sealed = b""  # a password is not shown to another server than the one it was entered for
    await ServerRepository(conn).save(
        {
            "host": server.host, "port": server.port, "security": server.security,
            "username": server.username, "password": sealed, "sender": server.sender,
        }
    )  # fmt: skip


def check_server(server: MailServer) -> None:
    """Refuse a mail server that cannot be one. Raises BadMailServer, BadAddress."""
    if not server.host or any(character.isspace() for character in server.host):
        raise BadMailServer(reason="host", field="host")
    if not 0 < server.port <= LAST_PORT:
        raise BadMailServer(reason="port", field="port")
    if server.sender:
        address.checked(server.sender)


async def forget_server(conn: SystemConn) -> None:
    """Remove the installation's mail server: letters wait in the outbox again."""
    await ServerRepository(conn).delete()


async def send_test(
    runtime: Runtime, *, to: str, locale: str, server: MailServer | None = None
) -> None:
    """Send a letter at once, through the given server or the one in force.

    Raises NoMailServer, BadAddress, BadMailServer, LetterRefused, MailUnavailable.
    """
    if server is None:
        async with runtime.db.system.acquire() as conn:
            server = await find_server(conn, runtime.settings, runtime.secrets)
    if server is None:
        raise NoMailServer
    check_server(server)
    language = as_locale(locale)
    params: dict[str, JsonValue] = {"address": runtime.settings.base_url}
    letter = Letter(
        id=LetterId(new_id()), name="mail_test", to=to, locale=language,
        written=library.installed().write("mail_test", locale=language, params=params),
        state=LetterState.QUEUED, error=None, created_at=now(), sent_at=None,
    )  # fmt: skip
    sender = _sender(runtime.settings, server.sender)
    await smtp.transmit(server, smtp.compose(letter, sender))


async def list_letters(
    conn: SystemConn, *, state: LetterState | None = None, before: LetterId | None = None,
    limit: int = 50,
) -> list[Letter]:  # fmt: skip
    """Return letters of the installation, newest first: for the host only."""
    return await LetterRepository(conn).page(state=state, before=before, limit=limit)


async def get_letter(conn: SystemConn, letter_id: LetterId) -> Letter:
    """Return a letter: for the host only. Raises LetterNotFound."""
    found = await LetterRepository(conn).find(letter_id)
    if found is None:
        raise LetterNotFound
    return found


async def send_again(conn: SystemConn, letter_id: LetterId) -> None:
    """Queue a letter that failed or waits. Raises LetterNotFound."""
    letter = await get_letter(conn, letter_id)
    if letter.state in {LetterState.FAILED, LetterState.OUTBOX}:
        await LetterRepository(conn).mark(letter_id, LetterState.QUEUED)
        await _queue(conn, letter_id)


async def send_outbox(conn: SystemConn) -> int:
    """Queue everything in the outbox; returns how many letters."""
    waiting = await LetterRepository(conn).queue_outbox()
    for letter_id in waiting:
        await _queue(conn, letter_id)
    return len(waiting)


async def purge(conn: SystemConn) -> int:
    """Delete letters that were sent a month ago, and unsent ones after three."""
    return await LetterRepository(conn).purge(sent_days=SENT_DAYS, unsent_days=UNSENT_DAYS)


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return which letters were written to a person's address."""
    letters = await LettersTo(conn, person.email).list_all()
    return {
        "letters": [
            {
                "name": row["name"],
                "subject": row["subject"],
                "state": row["state"],
                "created_at": row["created_at"].isoformat(),
                "sent_at": row["sent_at"].isoformat() if row["sent_at"] else None,
            }
            for row in letters
        ]
    }


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Delete the letters to a person's address."""
    await LettersTo(conn, person.email).delete_all()
