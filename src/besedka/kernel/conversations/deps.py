"""What the routes of chats share: the caller's connection, and their place in a chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Path

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ChatNotFound, MessageNotFound
from besedka.kernel.conversations.types import (
    STAFF_READS,
    ChatEntry,
    ConversationId,
    Message,
    MessageId,
    Viewer,
)

ChatPath = Annotated[UUID, Path(description="The chat.")]


class Mark(Protocol):
    """Notes how far somebody is."""

    async def __call__(
        self, runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId, seq: int
    ) -> int | None: ...


@asynccontextmanager
async def reading(
    runtime: Runtime, identity: Identity, chat: UUID
) -> AsyncIterator[tuple[TenantConn, ChatEntry]]:  # fmt: skip
    """Open a connection and find a chat that the caller may read. Raises ChatNotFound."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        yield conn, await find_entry(conn, identity, chat)


async def find_entry(conn: TenantConn, identity: Identity, chat: UUID) -> ChatEntry:
    """Return a chat that the caller may read. Raises ChatNotFound."""
    return await service.get_readable(
        conn, ConversationId(chat), actor=identity.actor_id, staff=identity.may(STAFF_READS)
    )


async def find_message(conn: TenantConn, identity: Identity, message: UUID) -> Message:
    """Return a message that the caller may read. Raises MessageNotFound."""
    found = await service.get_message(conn, MessageId(message))
    try:
        entry = await find_entry(conn, identity, found.conversation_id)
    except ChatNotFound as error:
        raise MessageNotFound from error
    if found.seq <= entry.visible_from_seq:
        raise MessageNotFound
    return found


def viewer_of(identity: Identity, entry: ChatEntry) -> Viewer:
    """Return what the caller sees of a chat: people inside see internal notes too."""
    return Viewer(actor_id=identity.actor_id, internal=True, from_seq=entry.visible_from_seq)
