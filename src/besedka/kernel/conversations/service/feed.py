"""What a reconnecting client missed, and the sweep that finds what the process itself missed."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.errors import Unavailable
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository.posting import SystemMods
from besedka.kernel.conversations.repository.reading import ReadingRepository
from besedka.kernel.conversations.service.rooms import Room, Rooms, topics_of
from besedka.kernel.conversations.service.spelling import chat_frame, message_frame
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    STAFF_READS,
    ChatEntry,
    ConversationId,
    Viewer,
)
from besedka.kernel.realtime.types import CaughtUp, Frame, Principal, PrincipalKind, make_frame

log = structlog.get_logger(__name__)

MOST_MISSED = 100
"""Changes of a chat that are sent after `hello`; a client that missed more fetches them itself."""
MOST_MISSED_IN_ALL = 1000
"""The same for all chats of one `hello` together."""
SWEEP_SECONDS = 5.0


class ChatFeed:
    """The hub's view of conversations."""

    def __init__(self, runtime: Runtime, rooms: Rooms) -> None:
        self._db, self._rooms, self._writers = runtime.db, rooms, runtime.get(Writers)

    def topic(self, principal: Principal, chat: UUID) -> str:
        """Return the topic of a chat: contacts have one of their own."""
        inside, outside = topics_of(ConversationId(chat))
        return outside if principal.kind is PrincipalKind.CONTACT else inside

    async def catch_up(
        self, principal: Principal, cursors: Mapping[UUID, int]
    ) -> list[CaughtUp]:  # fmt: skip
        """Return what each readable chat did after its cursor, as of one moment."""
        chats = [ConversationId(chat) for chat in cursors]
        async with self._db.fast.acquire(principal.workspace_id) as conn:
            entries = await ReadingRepository(conn).readable(
                principal.actor_id, chats, staff=principal.may(STAFF_READS)
            )
            found, left = [], MOST_MISSED_IN_ALL
            for entry in entries:
                head = entry.conversation
                room = self._rooms.open(principal.workspace_id, head.id)
                room.raise_floor(principal.actor_id, entry.visible_from_seq)
                if room.begin(head):
                    self._writers.touch_here(room.workspace, room.id)
                most = min(MOST_MISSED, left)
                frames = await _missed(conn, principal, entry, since=cursors[head.id], most=most)
                left -= len(frames)
                found.append(CaughtUp(head.id, head.mod, frames))
        return found


async def _missed(
    conn: TenantConn, principal: Principal, entry: ChatEntry, *, since: int, most: int
) -> list[Frame]:
    head, viewer = entry.conversation, viewer_of(principal, entry)
    if since >= head.mod:
        return []
    changes = await ReadingRepository(conn).changes(
        head.id, viewer, since=since, until=head.mod, limit=max(most, 0) + 1
    )
    if len(changes) > most:
        return [make_frame("chat.changed", chat=head.id, mod=head.mod, data={"stale": True})]
    frames = [message_frame(message) for message in changes]
    return [*frames, chat_frame(head, internal=viewer.internal, assignee=entry.assignee)]


def viewer_of(principal: Principal, entry: ChatEntry) -> Viewer:
    """Return what a principal sees of a conversation that they may read."""
    return Viewer(
        actor_id=principal.actor_id,
        internal=principal.kind is not PrincipalKind.CONTACT,
        from_seq=entry.visible_from_seq,
    )


async def sweep(runtime: Runtime) -> int:
    """Find conversations that have moved on without this process's listeners being told; return how many."""
    rooms, writers = runtime.get(Rooms), runtime.get(Writers)
    listened = rooms.all_listened()
    if not listened:
        return 0
    async with runtime.db.system.acquire() as conn:
        mods = await SystemMods(conn).mods([(room.workspace, room.id) for room in listened])
    behind = [room for room in listened if not room.running and _is_behind(room, mods)]
    for room in behind:
        writers.touch_here(room.workspace, room.id)
    return len(behind)


def _is_behind(room: Room, mods: Mapping[ConversationId, tuple[int, int]]) -> bool:
    mod, members_epoch = mods.get(room.id, (-1, -1))
    outdated = room.head is not None and room.head.members_epoch != members_epoch
    return mod < 0 or room.told is None or mod > room.told or outdated


async def keep_sweeping(runtime: Runtime) -> None:
    """Sweep every few seconds, for as long as the process runs."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await sweep(runtime)
        except Unavailable as error:
            log.warning("conversations could not be compared", code=error.code)
        except Exception:
            log.exception("comparing conversations failed")
