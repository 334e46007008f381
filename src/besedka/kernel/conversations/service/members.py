"""Who takes part. Every change raises `members_epoch`, so that what was sent under the old one is refused."""

from functools import partial

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import FixedMembers, MemberNotFound, NotForMembers
from besedka.kernel.conversations.repository.conversations import ParticipantRepository
from besedka.kernel.conversations.service.chats import check_people, dismiss
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    ChatEntry,
    ConversationId,
    Kind,
    Participant,
    ParticipantRole,
)
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import make_frame

GROUPS = (Kind.GROUP, Kind.CHANNEL)


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


async def invite(runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, actor: ActorId) -> None:
    """Let a person into a group, on behalf of its owner. Raises FixedMembers, NotForMembers, MemberNotFound."""
    _check_group(entry, by_owner=True)
    await check_people(conn, [actor])
    await add_participant(runtime, conn, entry.conversation.id, actor=actor)


async def expel(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, actor: ActorId, asked_by: ActorId
) -> None:  # fmt: skip
    """Let a person out of a group: others as its owner, oneself always. Raises as `invite` does."""
    _check_group(entry, by_owner=actor != asked_by)
    await remove_participant(runtime, conn, entry.conversation.id, actor=actor)


def _check_group(entry: ChatEntry, *, by_owner: bool) -> None:
    if entry.conversation.kind not in GROUPS:
        raise FixedMembers
    if by_owner and entry.role != ParticipantRole.OWNER:
        raise NotForMembers
