"""Who takes part. Every change raises `members_epoch`, so that what was sent under the old one is refused."""

from functools import partial

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import MemberNotFound
from besedka.kernel.conversations.repository.conversations import ParticipantRepository
from besedka.kernel.conversations.service.chats import dismiss
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import ConversationId, Participant, ParticipantRole
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import make_frame


async def list_participants(conn: TenantConn, chat: ConversationId) -> list[Participant]:
    """Return who takes part now, in the order in which they came."""
    return await ParticipantRepository(conn).list_current(chat)


async def find_participant(
    conn: TenantConn, chat: ConversationId, actor: ActorId
) -> Participant | None:
    """Return how an actor takes part, if it does."""
    everybody = await list_participants(conn, chat)
    return next((each for each in everybody if each.actor.id == actor), None)


async def add_participant(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId,
    role: ParticipantRole = ParticipantRole.MEMBER, whole_history: bool = False,
) -> None:  # fmt: skip
    """Let an actor in, to see what comes from now on, or everything. Raises MemberNotFound."""
    if not await ParticipantRepository(conn).add(
        chat, actor, role=role, whole_history=whole_history
    ):
        raise MemberNotFound
    hub = runtime.get(Hub)
    frame = make_frame("chat.changed", chat=chat, data={"stale": True})
    conn.on_commit(hub.later(f"actor:{actor}", frame))
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))


async def remove_participant(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId
) -> None:
    """Let an actor go: it hears and sends nothing from the commit on. Raises MemberNotFound."""
    if not await ParticipantRepository(conn).remove(chat, actor):
        raise MemberNotFound
    conn.on_commit(partial(dismiss, runtime, conn.workspace, chat, actor))
