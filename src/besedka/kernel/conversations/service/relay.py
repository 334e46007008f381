"""What other processes have committed: told to this process's listeners in order, or read where something is missing.

Processes commit to a conversation in turn, but the bus may bring what they tell out of turn. What comes early waits for what
comes before it, a tenth of a second at most; then the process reads the changes once, for all its listeners.
"""

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.service.feed import SWEEP_SECONDS, sweep
from besedka.kernel.conversations.service.rooms import Posted, Room, Rooms
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import Frame, make_frame

if TYPE_CHECKING:
    from besedka.core.bus import Bus, Fields

GAP_SECONDS = 0.1
MOST_EARLY = 64


class Relay:
    """Hears the writers of other processes."""

    def __init__(self, runtime: Runtime, bus: "Bus") -> None:
        self._runtime, self._hub = runtime, runtime.get(Hub)
        self._rooms, self._writers = runtime.get(Rooms), runtime.get(Writers)
        bus.on("messages", self._on_messages)
        bus.on("touched", self._on_touched)
        bus.recovered.append(self._look_at_all)

    def _on_messages(self, fields: "Fields") -> None:
        posted = Posted.read(fields)
        room = self._rooms.find(posted.workspace, posted.chat)
        if room is not None and self._rooms.listened(room):
            self._take(room, posted)

    def _on_touched(self, fields: "Fields") -> None:
        workspace, chat = UUID(str(fields["workspace"])), UUID(str(fields["chat"]))
        self._writers.touch_here(WorkspaceId(workspace), ConversationId(chat))

    def _take(self, room: Room, posted: Posted) -> None:
        """Tell a batch if it is the next one and its members are those that were looked at."""
        if room.running or room.told is None or posted.epoch > room.members_epoch:
            self._writers.touch_here(room.workspace, room.id)
        elif posted.since > room.told:
            self._wait(room, posted)
        elif posted.since == room.told:
            self._tell(room, posted)
        elif posted.reached > room.told:
            self._writers.touch_here(room.workspace, room.id)

    def _tell(self, room: Room, posted: Posted) -> None:
        frames = [
            Frame(text, chat=room.id, seq=seq, mod=mod) for _, seq, mod, text in posted.frames
        ]
        self._hub.publish_many(room.topic, frames, floors=room.floors)
        if self._hub.listened(room.public_topic):
            shown = [f for f, (public, *_) in zip(frames, posted.frames, strict=True) if public]
            self._hub.publish_many(room.public_topic, shown)
        room.told = posted.reached
        if (after := room.early.pop(posted.reached, None)) is not None:
            self._take(room, after)

    def _wait(self, room: Room, posted: Posted) -> None:
        if len(room.early) >= MOST_EARLY:
            room.early.clear()
            self._writers.touch_here(room.workspace, room.id)
            return
        room.early[posted.since] = posted
        asyncio.get_running_loop().call_later(GAP_SECONDS, self._give_up, room, posted)

    def _give_up(self, room: Room, posted: Posted) -> None:
        if room.early.get(posted.since) is posted:
            del room.early[posted.since]
            if room.told is None or posted.reached > room.told:
                self._writers.touch_here(room.workspace, room.id)

    def _look_at_all(self) -> None:
        """Find what was missed while the bus was away."""
        tell_inboxes(self._hub)
        self._runtime.background.spawn(self._sweep(), name="conversations after a break")

    async def _sweep(self) -> None:
        await sweep(self._runtime)


def tell_inboxes(hub: Hub) -> None:
    """Have this process's operators read their lists anew."""
    for topic in list(hub.topics()):
        if topic.startswith("inbox:"):
            hub.publish_here(topic, make_frame("inbox", data={"stale": True}))


async def keep_telling_inboxes(hub: Hub, bus: "Bus") -> None:
    """While the bus is away, have operators read their lists anew every few seconds."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        if not bus.healthy:
            tell_inboxes(hub)
