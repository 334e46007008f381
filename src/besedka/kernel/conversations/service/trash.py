"""The trash: a chat with the AI that its owner deletes can be had back for 30 days; then it is gone with its messages."""

from datetime import timedelta
from functools import partial

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import ChatNotFound, NotForMembers
from besedka.kernel.conversations.repository.conversations import ConversationRepository
from besedka.kernel.conversations.repository.parting import forget_old
from besedka.kernel.conversations.repository.reading import ReadingRepository
from besedka.kernel.conversations.repository.trash import TrashRepository, find_old
from besedka.kernel.conversations.service.attachments import drop_files_of_chat
from besedka.kernel.conversations.service.chats import delete_conversation
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import ChatEntry, ConversationId, Kind, ParticipantRole

KEPT_FOR = timedelta(days=30)
MOST_AT_ONCE = 500


async def trash_chat(runtime: Runtime, conn: TenantConn, entry: ChatEntry) -> None:
    """Put a chat with the AI into the trash on behalf of its owner; a temporary one, or what others take part in, goes at once.

    Raises NotForMembers.
    """
    if entry.conversation.kind is not Kind.AI or entry.expires_at is not None:
        await delete_conversation(runtime, conn, entry)
        return
    if entry.role != ParticipantRole.OWNER:
        raise NotForMembers
    await TrashRepository(conn).throw(entry.conversation.id)
    _look_again(runtime, conn, entry.conversation.id)


async def get_trashed(conn: TenantConn, chat: ConversationId, *, actor: ActorId) -> ChatEntry:
    """Return a chat that its owner has put into the trash. Raises ChatNotFound."""
    found = await ReadingRepository(conn).find_trashed(actor, chat)
    if found is None:
        raise ChatNotFound
    return found


async def restore_chat(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId
) -> None:
    """Take a chat out of the trash, as its owner. Raises ChatNotFound."""
    await get_trashed(conn, chat, actor=actor)
    await TrashRepository(conn).take_back(chat)
    _look_again(runtime, conn, chat)


async def purge_trash(runtime: Runtime) -> int:
    """Delete what has been in the trash for 30 days, each chat in a transaction of its own; return how many.

    And forget what merges of contacts of as long ago moved, which cannot be undone any more.
    """
    async with runtime.db.system.acquire() as conn:
        await forget_old(conn, older_than=KEPT_FOR)
        old = await find_old(conn, older_than=KEPT_FOR, limit=MOST_AT_ONCE)
    count = 0
    for workspace, chat in old:
        async with runtime.db.fast.transaction(workspace) as tenant:
            # Its owner may have taken it back meanwhile.
            if await TrashRepository(tenant).lock_trashed(chat):
                await drop_files_of_chat(tenant, chat)
                count += await ConversationRepository(tenant).delete(chat)
    return count


def _look_again(runtime: Runtime, conn: TenantConn, chat: ConversationId) -> None:
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
