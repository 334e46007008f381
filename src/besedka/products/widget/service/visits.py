"""Visitors: a secret token per browser, a contact behind it, and a dialog once something was written."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import NotFound
from besedka.core.i18n import Locale, as_locale, text
from besedka.core.ids import ActorId, WorkspaceId, new_id, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import MessageNotFound
from besedka.kernel.conversations.types import (
    ContactChange,
    ContactIdentity,
    Conversation,
    ConversationId,
    Face,
    Message,
    MessageId,
    Post,
    Viewer,
    Visibility,
)
from besedka.kernel.files.types import StoredFile
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Opening
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Hit
from besedka.kernel.realtime import service as realtime
from besedka.kernel.realtime.types import Principal, PrincipalKind, make_frame
from besedka.products.widget.errors import FilesOff, FormRequired, VisitorUnknown
from besedka.products.widget.repository.visits import PublicWidgets, VisitorRepository
from besedka.products.widget.service.puzzle import check_calm
from besedka.products.widget.types import Known, Place, Written

CHANNEL = "widget"
STREAM = "dialog"
LEEWAY = timedelta(seconds=60)
"""How far the clocks of a site's server and ours may be apart."""
SHOWN = 50
UNUSED_HOURS = 48
LONGEST_PAGE = 500
LONGEST_DEVICE = 300
NEW_VISITORS = "120 per hour"
"""Browsers that one address brings: a company behind one address has many."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a widget needs to go on where the visitor was."""

    visitor: str
    contact: ActorId
    chat: UUID | None
    state: str | None
    assignee: Face | None
    ticket: str
    greeting: str
    messages: list[Message]
    verified: bool
    lasts: int | None
    needs_form: bool
    opening: Opening


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a widget opens: what its browser kept, where it stands, and the link of a letter that led there."""

    token: str | None
    locale: str
    page: str
    origin: str | None = None
    resume: str | None = None
    address: str = ""
    device: str = ""


async def begin(runtime: Runtime, place: Place, arrival: Arrival) -> Session:
    """Continue a visitor's session, or begin one when the token is new or not known (any more)."""
    workspace = place.workspace_id
    visitor, token = await _known(runtime, place, arrival)
    if visitor is None:
        await runtime.limiter.hit(NEW_VISITORS, "widget-visitor", arrival.address)
        token = new_token()
    async with runtime.db.fast.transaction(workspace) as conn:
        if visitor is None:
            visitor = await _admit(conn, place, token, arrival)
        if arrival.origin:
            await VisitorRepository(conn).see(place.id, arrival.origin)
        dialog, shown = await _dialog(conn, visitor)
        assignee = await _assignee(conn, dialog)
        who = await answers.get_assistant(conn, place.assistant_id)
        opening = await hours.opening(conn, now())
    ticket = await realtime.issue_ticket(
        runtime,
        Principal(
            workspace_id=workspace,
            actor_id=visitor.contact_id,
            kind=PrincipalKind.CONTACT,
            name="",
            until=visitor.verified_until if visitor.verified else None,
        ),
    )
    return Session(
        visitor=token, contact=visitor.contact_id, chat=dialog.id if dialog else None,
        state=dialog.state if dialog else None, assignee=assignee, ticket=ticket, messages=shown, verified=visitor.verified,
        lasts=_lasts(visitor),
        greeting=greeting_of(place, who, spoken_in(place, arrival.locale)), needs_form=needs_form(place, visitor),
        opening=opening,
    )  # fmt: skip


def _lasts(visitor: Known) -> int | None:
    """Return for how many seconds more the site's token is good, the leeway apart; None for whom no site vouches."""
    if not visitor.verified or visitor.verified_until is None:
        return None
    return max(int((visitor.verified_until - LEEWAY - now()).total_seconds()), 0)


def spoken_in(place: Place, locale: str) -> Locale:
    """Return the language of a widget: its own, or the reader's."""
    return as_locale(locale if place.options.language == "auto" else place.options.language)


def greeting_of(place: Place, who: Assistant, locale: Locale) -> str:
    """Return a widget's own greeting, or its assistant's; that people answer when the assistant was put away."""
    if who.is_away:
        return text(locale, "answers.greeting_away")
    return place.options.greeting.of(locale) or who.greeting.get(locale, "")


def needs_form(place: Place, visitor: Known) -> bool:
    """Whether a visitor has the form still before them."""
    return place.options.form.is_on and not visitor.filled and visitor.conversation_id is None


async def _known(runtime: Runtime, place: Place, arrival: Arrival) -> tuple[Known | None, str]:
    """Return the visitor of a letter's link or of the token that the browser kept, and the token that is good now."""
    fast = runtime.db.fast
    lane = fast.transaction if arrival.resume else fast.acquire
    async with lane(place.workspace_id) as conn:
        if arrival.resume:
            resumed, token = await _resume(conn, place, arrival.resume)
            if resumed is not None:
                return resumed, token
        kept = arrival.token
        return (await _find(conn, place, kept), kept) if kept else (None, "")


async def _resume(conn: TenantConn, place: Place, link: str) -> tuple[Known | None, str]:
    """Let a browser go on with the dialog of a letter, as another visitor of the same contact."""
    visitors, token = VisitorRepository(conn), new_token()
    former = await visitors.take_resumed(place.id, token_hash(link))
    if former is None:
        return None, token
    visitor = replace(former, id=new_id(), filled=True, verified=False)
    await visitors.insert(visitor, widget_id=place.id, token_hash=token_hash(token))
    return visitor, token


async def leave(runtime: Runtime, place: Place, visitor: Known) -> None:
    """Log a visitor out: their token is good for nothing any more; the dialog and what was promised stay."""
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        await VisitorRepository(conn).end(visitor.id, token_hash=token_hash(new_token()))


async def find_visit(runtime: Runtime, place: Place, token: str) -> Known:
    """Return the visitor of a token. Raises VisitorUnknown."""

    async def read(hashes: Sequence[bytes]) -> Mapping[bytes, Known]:
        async with runtime.db.fast.acquire(place.workspace_id) as conn:
            return await VisitorRepository(conn).find(place.id, hashes)

    wanted = token_hash(token)
    name = ("visitors", place.workspace_id, place.id)
    found = (await runtime.reads.many(name, (wanted,), read)).get(wanted)
    if found is None:
        raise VisitorUnknown
    return found


async def describe(
    runtime: Runtime, place: Place, visitor: Known, attributes: Mapping[str, str]
) -> None:
    """Keep what the page says of a visitor, for the people who answer."""
    change = ContactChange(meta={"attributes": dict(attributes)})
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        await conversations.update_contact(runtime, conn, visitor.contact_id, change=change)


def check_files(place: Place) -> None:
    """Refuse files where the owner wants none. Raises FilesOff."""
    if not place.options.files:
        raise FilesOff


async def _find(conn: TenantConn, place: Place, token: str) -> Known | None:
    wanted = token_hash(token)
    return (await VisitorRepository(conn).find(place.id, (wanted,))).get(wanted)


async def _admit(conn: TenantConn, place: Place, token: str, arrival: Arrival) -> Known:
    number, locale = f"{secrets.randbelow(9000) + 1000}", arrival.locale
    contact = await conversations.create_contact(
        conn, name=text(locale, "widget.visitor", number=number), locale=locale,
        identity=ContactIdentity(channel=CHANNEL, external_id=token_hash(token).hex()),
        meta={"page": arrival.page[:LONGEST_PAGE], "device": arrival.device[:LONGEST_DEVICE]},
    )  # fmt: skip
    visitor = Known(new_id(), contact.id, None)
    await VisitorRepository(conn).insert(visitor, widget_id=place.id, token_hash=token_hash(token))
    return visitor


async def _dialog(conn: TenantConn, visitor: Known) -> tuple[Conversation | None, list[Message]]:
    if visitor.conversation_id is None:
        return None, []
    chat = ConversationId(visitor.conversation_id)
    dialog = await conversations.get_conversation(conn, chat)
    newest_first = await conversations.page(conn, chat, viewer=_viewer(visitor), limit=SHOWN)
    return dialog, newest_first[::-1]


async def _assignee(conn: TenantConn, dialog: Conversation | None) -> Face | None:
    if dialog is None or dialog.assignee_id is None:
        return None
    return await conversations.find_face(conn, dialog.assignee_id)


def _viewer(visitor: Known) -> Viewer:
    return Viewer(actor_id=visitor.contact_id, internal=False)


async def messages(
    runtime: Runtime, place: Place, visitor: Known, *, after_seq: int
) -> list[Message]:
    """Return the visitor's messages after a place, oldest first; the newest ones when that is 0."""
    if visitor.conversation_id is None:
        return []
    chat = ConversationId(visitor.conversation_id)
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        if after_seq == 0:
            return (await conversations.page(conn, chat, viewer=_viewer(visitor), limit=SHOWN))[
                ::-1
            ]
        return await conversations.page(
            conn, chat, viewer=_viewer(visitor), after_seq=after_seq, limit=SHOWN * 4
        )


async def post(
    runtime: Runtime, place: Place, visitor: Known, written: Written, *, locale: str, page: str
) -> Message:
    """Store what the visitor wrote; the first message makes the dialog.

    Raises ContactBlocked, FilesOff, FormRequired, ProofNeeded.
    """
    if written.files:
        check_files(place)
    with runtime.get(answers.FirstWords).awaited():
        chat = await _ensure_dialog(runtime, place, visitor, locale=locale, page=page)
        return await conversations.post(
            runtime,
            Post(
                workspace_id=place.workspace_id, conversation_id=chat, sender_id=visitor.contact_id,
                client_key=written.key, body=written.body, files=written.files,
            ),
        )  # fmt: skip


async def attachment(
    runtime: Runtime, place: Place, visitor: Known, message: UUID, *, file_id: UUID
) -> StoredFile:
    """Return a file of a message that the visitor sees. Raises MessageNotFound, FileNotFound."""
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        found = await conversations.get_message(conn, MessageId(message))
        is_seen = found.visibility == Visibility.PUBLIC
        if found.conversation_id != visitor.conversation_id or not is_seen:
            raise MessageNotFound
        return await conversations.get_attachment(conn, found, file_id)


async def _ensure_dialog(
    runtime: Runtime, place: Place, visitor: Known, *, locale: str, page: str
) -> ConversationId:
    """Return the visitor's dialog, making it once however many messages come first together. Raises ContactBlocked."""
    if visitor.conversation_id is not None:
        return ConversationId(visitor.conversation_id)
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        known = await VisitorRepository(conn).lock(visitor.id)
        if known is not None:
            return ConversationId(known)
        if needs_form(place, visitor):
            raise FormRequired
        await check_calm(runtime, conn, place, visitor)
        dialog = await conversations.create_dialog(
            runtime, conn, contact=visitor.contact_id, assistant=place.assistant_id,
            meta={
                "channel": CHANNEL, "widget": str(place.id), "locale": spoken_in(place, locale),
                "page": page[:LONGEST_PAGE],
            },
        )  # fmt: skip
        await VisitorRepository(conn).set_dialog(visitor.id, dialog.id)
        return dialog.id


async def call_person(
    runtime: Runtime, place: Place, visitor: Known, *, locale: str, page: str
) -> ConversationId:
    """Put the visitor's dialog into the queue of people and return it; it is made before the first message."""
    chat = await _ensure_dialog(runtime, place, visitor, locale=locale, page=page)
    await answers.hand_off(
        runtime,
        place.workspace_id,
        chat,
        reason=HandoffReason.ASKED,
        speaker=place.assistant_id,
        locale=spoken_in(place, locale),
    )
    return chat


async def passage(runtime: Runtime, place: Place, visitor: Known, *, chunk_id: UUID) -> Hit:
    """Return a passage that an answer in the visitor's own dialog cites. Raises NotFound for any other."""
    if visitor.conversation_id is None:
        raise NotFound
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        if not await answers.is_cited(conn, visitor.conversation_id, chunk_id):
            raise NotFound
        return await knowledge.get_passage(conn, chunk_id)


async def sweep(runtime: Runtime) -> int:
    """Forget visitors who opened the widget and never wrote."""
    async with runtime.db.system.transaction() as conn:
        gone = await PublicWidgets(conn).sweep_unused(hours=UNUSED_HOURS)
    for row in gone:
        async with runtime.db.fast.transaction(WorkspaceId(row["workspace_id"])) as conn:
            await conversations.delete_contact(conn, ActorId(row["contact_id"]))
    return len(gone)


async def repoint(conn: TenantConn, survivor: ActorId, merged: ActorId) -> Sequence[UUID]:
    """Let the visitors of a merged contact go on as the one that it turned out to be; return which they are."""
    return await VisitorRepository(conn).repoint(survivor, merged)


async def give_back(conn: TenantConn, contact: ActorId, moved: Sequence[UUID]) -> None:
    """Let those of the visitors who are still there go on as the contact that they were."""
    await VisitorRepository(conn).give_back(contact, moved)


async def forget(conn: TenantConn, contacts: Sequence[ActorId]) -> None:
    """Forget the visitors of contacts who are erased."""
    await VisitorRepository(conn).forget(contacts)


async def show_dialog(
    runtime: Runtime, conn: TenantConn, contact: ActorId, dialog: ConversationId
) -> None:
    """Let a contact's widgets show a dialog that people have begun with them, those that are open at once."""
    if await VisitorRepository(conn).show(contact, dialog):
        frame = make_frame(STREAM, chat=dialog)
        conn.on_commit(runtime.get(realtime.Hub).later(topic_of(contact), frame))


def follow(who: Principal) -> str | None:
    """Return the topic on which a contact's widgets hear of dialogs begun with them."""
    return topic_of(who.actor_id) if who.kind is PrincipalKind.CONTACT else None


def topic_of(contact: ActorId) -> str:
    """Return a contact's topic."""
    return f"widget:{contact}"
