"""Contacts who may not write any more: a person inside decided so, and can take it back."""

from functools import partial

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations.errors import ContactBlocked, ContactNotFound
from besedka.kernel.conversations.repository.blocking import BlockingRepository
from besedka.kernel.conversations.repository.merging import MergingRepository
from besedka.kernel.conversations.service.writers import Writers


async def set_blocked(
    runtime: Runtime, conn: TenantConn, contact: ActorId, *, blocked: bool, by: ActorId
) -> None:
    """Refuse what a contact writes from now on, or take it again; twice is once. Raises ContactNotFound.

    Every process learns of it with the next message: the epoch of the members rises in all the contact's dialogs.
    """
    merging, blocking = MergingRepository(conn), BlockingRepository(conn)
    found = await merging.lock([contact])
    if not found:
        raise ContactNotFound
    if (found[0].blocked_at is not None) is blocked:
        return
    chats = await merging.lock_chats([contact])
    await blocking.set(contact, moment=now() if blocked else None, chats=chats)
    await audit.record(
        conn, actor_id=by, action="contact.block" if blocked else "contact.unblock", target_type="contact",
        target_id=contact,
    )  # fmt: skip
    for chat in chats:
        conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))


async def check_not_blocked(conn: TenantConn, contact: ActorId) -> None:
    """Let a contact through who may write. Raises ContactBlocked."""
    if await BlockingRepository(conn).is_blocked(contact):
        raise ContactBlocked
