"""Contacts: how they are known, who may be the same person, putting them together, forgetting them.

What a contact wrote stays under the actor that wrote it: a merged contact's actor goes on as another name of the survivor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from besedka.core import events
from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import DEFAULT_LOCALE, text
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations.errors import ContactNotFound, SameContact
from besedka.kernel.conversations.events import ContactErased, ContactMerged
from besedka.kernel.conversations.repository.blocking import BlockingRepository, HistoryRepository
from besedka.kernel.conversations.repository.changing import ChangingRepository
from besedka.kernel.conversations.repository.contacts import ContactRepository
from besedka.kernel.conversations.repository.merging import MergingRepository
from besedka.kernel.conversations.repository.parting import PartingRepository, fields_of
from besedka.kernel.conversations.service.attachments import drop_files_of_senders
from besedka.kernel.conversations.service.checks import tidy_email, tidy_phone
from besedka.kernel.conversations.service.spelling import preview_of
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    Alike,
    Contact,
    ContactIdentity,
    ConversationId,
    ForgetContacts,
    GiveBack,
    Merged,
    PastDialog,
    Repoint,
)

MOST_ALIKE = 20
KEPT_FOR = timedelta(days=30)
"""For how long contacts that were merged can be taken apart again."""


@dataclass(slots=True)
class ContactPorts:
    """What modules above do when contacts are merged or erased, in the same transaction."""

    repoint: list[Repoint] = field(default_factory=list)
    give_back: list[GiveBack] = field(default_factory=list)
    forget: list[ForgetContacts] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact, how it is known, who may be the same person, and who was taken for it lately."""

    contact: Contact
    identities: Sequence[ContactIdentity]
    alike: Sequence[Alike]
    merged: Sequence[Merged]


async def list_contacts(
    conn: TenantConn, *, before: ActorId | None = None, email: str | None = None, phone: str | None = None,
    limit: int = 50,
) -> list[Contact]:  # fmt: skip
    """Return contacts, the newest first: all, or those with an e-mail address or a telephone."""
    return await MergingRepository(conn).page(
        before=before, email=tidy_email(email), phone=tidy_phone(phone), limit=limit
    )


async def get_card(conn: TenantConn, contact: ActorId) -> ContactCard:
    """Return a contact; one that was merged shows whom it turned out to be. Raises ContactNotFound."""
    merging = MergingRepository(conn)
    contact = await merging.survivor_of(contact) or contact
    found = await ContactRepository(conn).find(contact)
    if found is None:
        raise ContactNotFound
    return ContactCard(
        found, await merging.identities(contact), await merging.alike(contact, most=MOST_ALIKE),
        await PartingRepository(conn).merged(contact, kept_for=KEPT_FOR),
    )  # fmt: skip


async def contact_history(
    conn: TenantConn, contact: ActorId, *, limit: int = 20
) -> list[PastDialog]:
    """Return a contact's dialogs over all channels, those with the newest messages first. Raises ContactNotFound."""
    if await ContactRepository(conn).find(contact) is None:
        raise ContactNotFound
    return await HistoryRepository(conn).dialogs(contact, limit=limit)


async def merge_contacts(
    runtime: Runtime, conn: TenantConn, *, survivor: ActorId, merged: ActorId, by: ActorId
) -> Contact:
    """Let one contact be another one, the survivor, who gets its identities and dialogs. Raises ContactNotFound, SameContact."""
    merging, both = MergingRepository(conn), {survivor, merged}
    locked = await merging.lock(list(both))
    if len(locked) != len(both):
        raise ContactNotFound
    if survivor == merged:
        raise SameContact(field="contact")
    is_blocked = any(each.blocked_at is not None for each in locked)
    everywhere = await merging.lock_chats(list(both)) if is_blocked else []
    chats = await merging.lock_chats([merged])
    (before,) = (each for each in locked if each.id == survivor)
    aliases = await merging.aliases(merged)
    result, was = await merging.merge(survivor, merged, chats=chats)
    moved = [
        each
        for repoint in runtime.get(ContactPorts).repoint
        for each in await repoint(conn, survivor, merged)
    ]
    was |= {
        "before": fields_of(before), "after": fields_of(result), "aliases": [str(each) for each in aliases],
        "moved": [str(each) for each in moved],
    }  # fmt: skip
    await merging.close(survivor, merged, was=was)
    if is_blocked:
        await BlockingRepository(conn).set(survivor, moment=result.blocked_at, chats=everywhere)
    for alias in (survivor, *await merging.aliases(survivor)):
        await accounts.rename_actor(conn, alias, result.name)
    await audit.record(
        conn, actor_id=by, action="contact.merge", target_type="contact", target_id=survivor,
        detail={"merged": str(merged), "chats": len(chats)},
    )  # fmt: skip
    await events.publish(
        conn, ContactMerged(workspace_id=conn.workspace, survivor_id=survivor, merged_id=merged)
    )
    announce_contacts(runtime, conn, [merged], chats)
    return result


async def erase_contact(
    runtime: Runtime, conn: TenantConn, contact: ActorId, *, by: ActorId
) -> None:
    """Forget a contact and those that were merged into it: who they were and what they wrote. Raises ContactNotFound.

    What was said to them stays, and so does the place of each of their messages.
    """
    merging, moment, name = (
        MergingRepository(conn),
        now(),
        text(DEFAULT_LOCALE, "conversations.erased"),
    )
    if not await merging.lock([contact]):
        raise ContactNotFound
    whom = [contact, *await merging.aliases(contact)]
    chats = await merging.lock_chats(whom)
    for chat in chats:
        for root in await merging.erase_words(chat, whom, moment=moment, name=name):
            await ChangingRepository(conn).count_thread(chat, root)
        inside, outside = await merging.last_bodies(chat)
        await merging.close_dialog(
            chat, preview=preview_of(inside), public_preview=preview_of(outside)
        )
    for forget in runtime.get(ContactPorts).forget:
        await forget(conn, whom)
    await drop_files_of_senders(conn, whom)
    await merging.erase(whom, name=name)
    for each in whom:
        await accounts.rename_actor(conn, each, name)
    await audit.record(
        conn, actor_id=by, action="contact.erase", target_type="contact", target_id=contact,
        detail={"chats": len(chats)},
    )  # fmt: skip
    await events.publish(conn, ContactErased(workspace_id=conn.workspace, contact_id=contact))
    announce_contacts(runtime, conn, whom, chats)


def announce_contacts(
    runtime: Runtime, conn: TenantConn, actors: Sequence[ActorId], chats: Sequence[ConversationId]
) -> None:
    """End the sockets of contacts that are none any more, then tell the others."""
    for actor in actors:
        conn.on_commit(partial(runtime.get(Accounts).announce_access, conn.workspace, actor))
    for chat in chats:
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
