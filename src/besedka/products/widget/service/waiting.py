"""Waiting for a person: the place in the queue, a contact that was left, and the letter that was promised for it."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from besedka.core.clock import now
from besedka.core.i18n import as_locale, text
from besedka.core.ids import ActorId, WorkspaceId, new_id, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    STAFF_WRITES,
    ContactChange,
    ConversationId,
    DialogState,
    MessageKind,
    Post,
)
from besedka.kernel.hours import service as hours
from besedka.kernel.mail import service as mail
from besedka.kernel.mail.errors import BadAddress, BadLetter
from besedka.kernel.realtime import service as realtime
from besedka.kernel.realtime.types import Presence
from besedka.products.widget.errors import ContactOff, FormIncomplete
from besedka.products.widget.repository.visits import PublicWidgets
from besedka.products.widget.repository.waiting import WaitingRepository
from besedka.products.widget.service.form import is_email, is_phone
from besedka.products.widget.service.places import find_by_id, link_to
from besedka.products.widget.service.visits import spoken_in
from besedka.products.widget.types import Known, Place, Queue

log = structlog.get_logger(__name__)

CONTACTS = "5 per hour"
"""Contacts that one visitor, and the letters that one address, may be promised."""
MOST_LETTERS = 200
MOST_ANSWERS = 10


async def queue(runtime: Runtime, place: Place, visitor: Known) -> Queue:
    """Return where a visitor stands among those who wait for a person, and whether somebody is there.

    Who is at their desk outside working hours is not counted on: the visitor was told that nobody is.
    """
    chat = visitor.conversation_id
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        waiting = WaitingRepository(conn)
        position = await waiting.position(chat) if chat else None
        promised = await waiting.is_promised(visitor.id)
        opening = await hours.opening(conn, now())
        present = _present(runtime, place.workspace_id) if opening.is_open else ()
        roles = await waiting.roles(present)
    may = runtime.get(Accounts).may
    return Queue(position, any(STAFF_WRITES in may(role) for role in roles), promised)


def _present(runtime: Runtime, workspace: WorkspaceId) -> Sequence[ActorId]:
    there = runtime.get(realtime.Presences).of(workspace)
    return [actor for actor, state in there.items() if state is Presence.ONLINE]


async def leave_contact(
    runtime: Runtime, place: Place, visitor: Known, *, contact: str, locale: str
) -> None:
    """Keep where a visitor who waits can be answered, and say so in the dialog.

    The answer goes to an e-mail address by itself; a telephone is for the person who answers. Raises ContactOff,
    FormIncomplete, RateLimited.
    """
    contact = contact.strip()
    by_mail = is_email(contact)
    if not by_mail and not is_phone(contact):
        raise FormIncomplete(field="contact")
    chat = visitor.conversation_id
    if not place.options.contact or chat is None:
        raise ContactOff
    await runtime.limiter.hit(CONTACTS, "widget-contact", str(visitor.id))
    await runtime.limiter.hit(CONTACTS, "widget-contact-to", contact.lower())
    change = ContactChange(email=contact) if by_mail else ContactChange(phone=contact)
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        dialog = await conversations.get_conversation(conn, ConversationId(chat))
        if dialog.state != DialogState.OPEN:
            raise ContactOff
        await conversations.update_contact(runtime, conn, visitor.contact_id, change=change)
        await WaitingRepository(conn).promise(visitor.id, contact if by_mail else None)
    words = text(
        spoken_in(place, locale), f"widget.promised_{'mail' if by_mail else 'phone'}", contact=contact
    )  # fmt: skip
    await conversations.post(
        runtime,
        Post(
            workspace_id=place.workspace_id, conversation_id=ConversationId(chat), sender_id=place.assistant_id,
            client_key=f"contact:{new_id()}", body=words, kind=MessageKind.SYSTEM, meta={"event": "contact"},
            as_member=False,
        ),
    )  # fmt: skip


async def keep_promises(runtime: Runtime) -> int:
    """Send the answers that were promised by letter to those who are away; return how many letters that made."""
    async with runtime.db.system.acquire() as conn:
        due = await PublicWidgets(conn).promised(limit=MOST_LETTERS)
    sent = 0
    for workspace, visitor_id in due:
        sent += await keep_promise(runtime, workspace, visitor_id)
    return sent


async def keep_promise(runtime: Runtime, workspace: WorkspaceId, visitor_id: UUID) -> bool:
    """Write a promised letter, once, unless the visitor has read the answer in the widget; True for a letter."""
    async with runtime.db.fast.transaction(workspace) as conn:
        waiting = WaitingRepository(conn)
        promise = await waiting.lock_promise(visitor_id, most=MOST_ANSWERS)
        if promise is None or not promise.answers:
            return False
        writes = bool(promise.reply_to) and not promise.read
        resume = new_token()
        await waiting.keep_promise(visitor_id, resume_hash=token_hash(resume) if writes else None)
        if not writes:
            return False
        place = await find_by_id(conn, promise.widget_id)
        link = link_to(runtime, place, promise.page, resume)
        answers = [conversations.in_words(*each) for each in promise.answers]
        try:
            await mail.send(
                conn, to=promise.reply_to, letter="widget_answer", locale=as_locale(promise.locale),
                params={"name": _line(place.name), "answers": [*answers], "link": link},
            )  # fmt: skip
        except (BadAddress, BadLetter) as error:
            log.warning("a promised answer could not be written", code=error.code)
            return False
    return True


def _line(words: str) -> str:
    return " ".join(words.split())
