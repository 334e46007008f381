"""Dialogs with people outside: contacts, states, the inbox."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import JsonValue

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations.errors import ChatNotFound, ContactNotFound, EpochChanged
from besedka.kernel.conversations.events import DialogQueued
from besedka.kernel.conversations.repository.contacts import (
    ContactRepository,
    DialogRepository,
)
from besedka.kernel.conversations.repository.conversations import ConversationRepository
from besedka.kernel.conversations.repository.merging import MergingRepository
from besedka.kernel.conversations.repository.reading import ReadingRepository
from besedka.kernel.conversations.service.blocking import check_not_blocked
from besedka.kernel.conversations.service.chats import announce_created, create_conversation
from besedka.kernel.conversations.service.checks import check_text, tidy_email, tidy_phone
from besedka.kernel.conversations.service.watching import DialogWatchers
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    PRIORITIES,
    UNSET,
    Contact,
    ContactChange,
    ContactIdentity,
    Conversation,
    ConversationId,
    DialogChange,
    DialogCursor,
    DialogFilter,
    DialogState,
    DialogSummary,
    Kind,
    ParticipantRole,
    Priority,
    Unset,
)

MOST_COUNTED = 100
UNRESOLVED = (DialogState.PENDING, DialogState.OPEN, DialogState.SNOOZED)


async def create_contact(
    conn: TenantConn, *, name: str = "", email: str | None = None, phone: str | None = None, locale: str | None = None,
    identity: ContactIdentity | None = None, meta: Mapping[str, JsonValue] | None = None,
) -> Contact:  # fmt: skip
    """Make a person outside. Raises IdentityTaken."""
    check_text(name)
    actor = await accounts.create_actor(conn, kind=ActorKind.CONTACT, name=name)
    contacts = ContactRepository(conn)
    contact = await contacts.add(
        actor, name=name, email=tidy_email(email), phone=tidy_phone(phone), locale=locale, meta=meta or {}
    )  # fmt: skip
    if identity is not None:
        await contacts.add_identity(actor, identity)
    return contact


async def add_identity(conn: TenantConn, contact: ActorId, known: ContactIdentity) -> None:
    """Say how a person outside is known as well. Raises IdentityTaken."""
    await ContactRepository(conn).add_identity(contact, known)


async def find_contact(conn: TenantConn, contact: ActorId) -> Contact | None:
    """Return a person outside."""
    return await ContactRepository(conn).find(contact)


async def find_contact_by_identity(
    conn: TenantConn, *, channel: str, external_id: str
) -> Contact | None:
    """Return who is known under an identity of a channel."""
    return await ContactRepository(conn).find_by_identity(channel=channel, external_id=external_id)


async def update_contact(
    runtime: Runtime, conn: TenantConn, contact: ActorId, *, change: ContactChange
) -> Contact:
    """Change what is given of a person outside, and tell the inbox. Raises ContactNotFound, BadCharacters."""
    for text in (change.name, change.email, change.phone, change.note):
        check_text(text or "")
    change = replace(change, email=tidy_email(change.email), phone=tidy_phone(change.phone))
    changed = await ContactRepository(conn).update(contact, change)
    if changed is None:
        raise ContactNotFound
    if change.name is not None:
        for alias in (contact, *await MergingRepository(conn).aliases(contact)):
            await accounts.rename_actor(conn, alias, change.name)
    for dialog in await DialogRepository(conn).of_contact(contact):
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, dialog))
    return changed


async def delete_contact(conn: TenantConn, contact: ActorId) -> None:
    """Forget a person outside who never wrote."""
    await accounts.delete_actor(conn, contact)


async def create_dialog(
    runtime: Runtime, conn: TenantConn, *, contact: ActorId, assistant: ActorId | None = None,
    state: DialogState = DialogState.PENDING, meta: Mapping[str, JsonValue] | None = None,
) -> Conversation:  # fmt: skip
    """Open a dialog with a person outside, with an assistant in it if there is one. Raises ContactBlocked."""
    await check_not_blocked(conn, contact)
    members = [(contact, ParticipantRole.CONTACT)]
    if assistant is not None:
        members.append((assistant, ParticipantRole.ASSISTANT))
    made = await create_conversation(
        conn, kind=Kind.DIALOG, state=state, participants=members, meta=meta
    )
    await runtime.get(DialogWatchers).tell(conn, made)
    announce_created(runtime, conn, made, ())
    return made


async def discard_dialog(runtime: Runtime, conn: TenantConn, chat: ConversationId) -> None:
    """Delete a dialog in which nothing was said."""
    await ConversationRepository(conn).delete(chat)
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))


async def set_dialog(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, state: DialogState | None = None,
    assignee_id: ActorId | Unset | None = UNSET, expected_epoch: int | None = None, bump_epoch: bool = True,
) -> Conversation:  # fmt: skip
    """Change a dialog's state and assignee, and tell listeners and the inbox once it is committed.

    A new epoch stops whatever was about to be said under the old one. Raises EpochChanged, ChatNotFound.
    """
    change = DialogChange(state=state, assignee_id=assignee_id, bump_epoch=bump_epoch)
    return await move_dialog(runtime, conn, chat, change=change, expected_epoch=expected_epoch)


async def move_dialog(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, change: DialogChange, expected_epoch: int | None
) -> Conversation:  # fmt: skip
    """Change who has a dialog, its team and until when it is put off, as `set_dialog` does."""
    changed = await ConversationRepository(conn).set_dialog(
        chat, change, expected_epoch=expected_epoch
    )
    if changed is None:
        found = await ReadingRepository(conn).find(chat)
        if found is None or found.state is None:
            raise ChatNotFound
        raise EpochChanged(epoch=found.epoch)
    if changed.state == DialogState.OPEN and changed.assignee_id is None:
        await events.publish(conn, DialogQueued(workspace_id=conn.workspace, dialog_id=chat))
    await runtime.get(DialogWatchers).tell(conn, changed)
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
    return changed


async def mark_dialog(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, priority: Priority | None = None, team: UUID | None = None
) -> Conversation:  # fmt: skip
    """Change a dialog's priority or team, which changes nothing of who has it. Raises ChatNotFound."""
    rank = None if priority is None else PRIORITIES.index(priority)
    changed = await ConversationRepository(conn).mark(chat, priority=rank, team=team)
    if changed is None:
        raise ChatNotFound
    await runtime.get(DialogWatchers).tell(conn, changed)
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
    return changed


async def set_due(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, due: datetime | None
) -> None:
    """Note when the next promise to a dialog's contact is due, and tell the inbox if that is another moment now."""
    if await ConversationRepository(conn).set_due(chat, due):
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))


async def list_dialogs(
    conn: TenantConn, *, states: Collection[DialogState] = UNRESOLVED, assignee: ActorId | None = None,
    contact: ActorId | None = None, label: UUID | None = None,
    before: tuple[datetime, ConversationId] | None = None, limit: int = 50,
) -> list[DialogSummary]:  # fmt: skip
    """Return dialogs of the inbox, newest messages first; `before` is (last_message_at, id) of the last one shown."""
    wanted = DialogFilter(
        states=tuple(states), assignee=assignee, contact=contact, label=label,
        before=DialogCursor(*before) if before else None,
    )  # fmt: skip
    return await find_dialogs(conn, wanted, limit=limit)


async def find_dialogs(
    conn: TenantConn, wanted: DialogFilter, *, limit: int = 50
) -> list[DialogSummary]:
    """Return a page of the inbox, filtered and sorted."""
    return await DialogRepository(conn).list_dialogs(wanted, limit=limit)


async def find_dialog_ids(
    conn: TenantConn, wanted: DialogFilter, *, limit: int
) -> list[ConversationId]:
    """Return which dialogs a page of the inbox would show."""
    return await DialogRepository(conn).ids(wanted, limit=limit)


async def open_dialog_of(conn: TenantConn, contact: ActorId) -> ConversationId | None:
    """Lock a person outside, and return their unresolved dialog, the newest if there are several."""
    await MergingRepository(conn).lock([contact])
    found = await DialogRepository(conn).of_contact(contact)
    return max(found, default=None)


async def dialog_summary(conn: TenantConn, chat: ConversationId) -> DialogSummary:
    """Return one dialog as the inbox shows it. Raises ChatNotFound."""
    found = await DialogRepository(conn).find(chat)
    if found is None:
        raise ChatNotFound
    return found


async def count_dialogs(conn: TenantConn) -> dict[str, int]:
    """Return how many dialogs are in each state that is not resolved."""
    return await DialogRepository(conn).count()


async def count_waiting(conn: TenantConn) -> int:
    """Return how many dialogs wait for a person; beyond MOST_COUNTED nobody needs the exact number."""
    return await DialogRepository(conn).count_waiting(most=MOST_COUNTED)
