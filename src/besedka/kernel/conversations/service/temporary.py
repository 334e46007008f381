"""Temporary chats: in no list and no search, and gone for good when they are closed or nobody has gone on for a while."""

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository.conversations import ConversationRepository
from besedka.kernel.conversations.repository.temporary import find_over, is_over, keep_until
from besedka.kernel.conversations.service.attachments import drop_files_of_chat
from besedka.kernel.conversations.types import TEMPORARY_LASTS, ConversationId

MOST_AT_ONCE = 500


async def keep_for_now(conn: TenantConn, chat: ConversationId, *, owner: ActorId) -> None:
    """Make a chat a temporary one of its owner's, or keep a temporary one for a while longer."""
    await keep_until(conn, chat, owner, lasts=TEMPORARY_LASTS)


async def purge_temporary(runtime: Runtime) -> int:
    """Delete temporary chats that nobody went on with, each in a transaction of its own; return how many."""
    async with runtime.db.system.acquire() as conn:
        over = await find_over(conn, limit=MOST_AT_ONCE)
    count = 0
    for workspace, chat in over:
        async with runtime.db.fast.transaction(workspace) as tenant:
            # Its owner may have gone on meanwhile.
            if await is_over(tenant, chat):
                await drop_files_of_chat(tenant, chat)
                count += await ConversationRepository(tenant).delete(chat)
    return count
