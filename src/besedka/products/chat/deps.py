"""What the routes of chats with models share: who calls, and their chat."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends

from besedka.core.content.kinds import Kind as FileKind
from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import ACT, Identity
from besedka.kernel.answers.types import ASSISTANTS_READ
from besedka.kernel.conversations.deps import find_entry
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import ChatEntry, ConversationId, Kind
from besedka.products.chat.types import Asker

EXPORTS: Final = frozenset({FileKind.JSON, FileKind.TEXT, FileKind.ARCHIVE})
"""What a file of chats from elsewhere may be."""
Person = Annotated[Identity, Depends(require(ACT))]


def asker_of(identity: Identity) -> Asker:
    """Return the caller as somebody who asks."""
    return Asker(identity.actor_id, has_assistants=identity.may(ASSISTANTS_READ))


async def find_chat(runtime: Runtime, identity: Identity, chat: UUID) -> ChatEntry:
    """Return a chat of the caller's with the AI. Raises ChatNotFound."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await own_chat(conn, identity, chat)


async def own_chat(conn: TenantConn, identity: Identity, chat: UUID) -> ChatEntry:
    """Return the same on a connection that is open. Raises ChatNotFound."""
    entry = await find_entry(conn, identity, chat)
    if entry.conversation.kind is not Kind.AI:
        raise ChatNotFound
    return entry


async def chat_id(conn: TenantConn, identity: Identity, chat: UUID) -> ConversationId:
    """Return the id of a chat of the caller's with the AI. Raises ChatNotFound."""
    return (await own_chat(conn, identity, chat)).conversation.id
