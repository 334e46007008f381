"""What a process remembers of a conversation while somebody writes or listens: its members and how far it was told."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import monotonic
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.repository.posting import Draft, Inside, PostingRepository
from besedka.kernel.conversations.service.spelling import gone_frame
from besedka.kernel.conversations.types import (
    STAFF_READS,
    Conversation,
    ConversationId,
    Face,
    Kind,
    Message,
)
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import Frame, Principal

if TYPE_CHECKING:
    from besedka.core.bus import Fields

REMEMBER_SECONDS = 60.0

Done: TypeAlias = Callable[[Message | BaseException], None]


@dataclass(slots=True)
class Waiting:
    """A message that waits for its turn, and who wants to know what became of it."""

    draft: Draft
    done: Done
    settled: bool = False

    def settle(self, result: Message | BaseException) -> None:
        """Tell once what became of it."""
        if not self.settled:
            self.settled = True
            self.done(result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A batch that a process has committed, as it tells the others: all changes after `since` up to `reached`."""

    workspace: WorkspaceId
    chat: ConversationId
    epoch: int
    since: int
    reached: int
    frames: list[tuple[bool, int, int, str]]
    """For each message whether it is public, its place, its `mod`, and its event."""

    @classmethod
    def read(cls, fields: "Fields") -> "Posted":
        """Read what `spell` wrote."""
        frames = cast(list[tuple[bool, int, int, str]], fields["frames"])
        return cls(
            workspace=WorkspaceId(UUID(str(fields["workspace"]))),
            chat=ConversationId(UUID(str(fields["chat"]))),
            epoch=cast(int, fields["epoch"]),
            since=cast(int, fields["since"]),
            reached=cast(int, fields["reached"]),
            frames=[(public, seq, mod, text) for public, seq, mod, text in frames],
        )

    def spell(self) -> dict[str, JsonValue]:
        """Return it as JSON values."""
        return {
            "workspace": str(self.workspace), "chat": str(self.chat), "epoch": self.epoch, "since": self.since,
            "reached": self.reached, "frames": [list(each) for each in self.frames],
        }  # fmt: skip


@dataclass(slots=True)
class Room:
    """One conversation in this process.

    `told` is the `mod` up to which listeners were told everything. `head` and `members` are as of the last look; a
    statement that relies on them carries their epoch.
    """

    workspace: WorkspaceId
    id: ConversationId
    head: Conversation | None = None
    members: Mapping[ActorId, int] = field(default_factory=dict)
    """Who is in it, and after which place the conversation is theirs to see."""
    floors: Mapping[ActorId, int] = field(default_factory=dict)
    """The same for those who do not see everything."""
    blocked: frozenset[ActorId] = frozenset()
    """Contacts in it who may not write."""
    faces: dict[ActorId, Face] = field(default_factory=dict)
    told: int | None = None
    untold: int = 0
    """A `mod` that was seen while somebody listened of whom nobody knew yet how far they are (`told` is None)."""
    outside: tuple[str | None, ActorId | None, int] | None = None
    """What contacts were told last of the conversation itself; None: not known."""
    waiting: deque[Waiting] = field(default_factory=deque)
    running: bool = False
    touched: bool = False
    tells_all: bool = False
    """The change was made by this process, which tells the operators of all processes."""
    early: dict[int, Posted] = field(default_factory=dict)
    """What other processes committed after something that has not been heard of yet, by its `since`."""
    looked_at: float = -REMEMBER_SECONDS
    used_at: float = 0.0
    topic: str = ""
    public_topic: str = ""

    def __post_init__(self) -> None:
        self.topic, self.public_topic = topics_of(self.id)

    @property
    def fresh(self) -> bool:
        """Whether the last look is recent enough to be tried."""
        return self.head is not None and monotonic() - self.looked_at < REMEMBER_SECONDS

    @property
    def members_epoch(self) -> int:
        """The epoch of the members that were last looked at."""
        return -1 if self.head is None else self.head.members_epoch

    def forget(self) -> None:
        """Look again before the next statement; with nobody listening, nobody has been told anything."""
        self.looked_at = -REMEMBER_SECONDS
        if not self.running:
            self.told = self.outside = None

    def begin(self, head: Conversation) -> bool:
        """Take a state as the one that listeners know, unless they were told something already.

        Returns whether something newer was seen meanwhile that they have to be told.
        """
        if self.told is not None:
            return False
        self.told, self.outside = head.mod, outside_of(head)
        return self.untold > head.mod

    def raise_floor(self, actor: ActorId, floor: int) -> None:
        """Take note of what a listener may see, before what others tell late could reach them."""
        if floor > self.floors.get(actor, 0):
            self.floors = {**self.floors, actor: floor}

    def admits(self, principal: Principal) -> bool:
        """Whether somebody may go on listening, as far as this workspace is concerned."""
        if principal.workspace_id != self.workspace:
            return True
        is_dialog = self.head is not None and self.head.kind is Kind.DIALOG
        return principal.actor_id in self.members or (is_dialog and principal.may(STAFF_READS))


def topics_of(chat: ConversationId) -> tuple[str, str]:
    """Return the topic of those who see everything, and that of contacts."""
    return f"c:{chat}", f"c:{chat}:public"


def outside_of(head: Conversation) -> tuple[str | None, ActorId | None, int]:
    """Return what contacts see of a conversation, apart from its messages."""
    return head.state, head.assignee_id, head.epoch


def inbox_topic(workspace: WorkspaceId) -> str:
    """Return the topic of a workspace's operators."""
    return f"inbox:{workspace}"


class Rooms:
    """The conversations that this process has in hand."""

    def __init__(self, runtime: Runtime) -> None:
        self.db, self.hub, self.bus = runtime.db, runtime.get(Hub), runtime.bus
        self._reads = runtime.reads
        self._rooms: dict[tuple[WorkspaceId, ConversationId], Room] = {}

    def open(self, workspace: WorkspaceId, chat: ConversationId) -> Room:
        """Return a conversation's room. Whether there is such a conversation shows when it is looked at."""
        room = self._rooms.get((workspace, chat))
        if room is None:
            room = self._rooms[workspace, chat] = Room(workspace, chat)
        room.used_at = monotonic()
        return room

    def find(self, workspace: WorkspaceId, chat: ConversationId) -> Room | None:
        """Return a conversation's room, if this process has it in hand."""
        return self._rooms.get((workspace, chat))

    def listened(self, room: Room) -> bool:
        """Whether anybody in this process listens to the conversation itself."""
        return self.hub.listened(room.topic) or self.hub.listened(room.public_topic)

    def heard(self, room: Room) -> bool:
        """Whether anybody in this process would hear of a change, in the inbox or in the conversation."""
        return self.listened(room) or self.hub.listened(inbox_topic(room.workspace))

    def all_listened(self) -> list[Room]:
        """Return the rooms with listeners, and forget those that nobody needs any more."""
        moment = monotonic()
        listened = []
        for room in list(self._rooms.values()):
            if self.listened(room):
                listened.append(room)
            elif not (room.running or room.waiting) and moment - room.used_at > REMEMBER_SECONDS:
                del self._rooms[room.workspace, room.id]
        return listened

    def __len__(self) -> int:
        return len(self._rooms)

    async def look(self, room: Room) -> Conversation:
        """Read who is in the conversation, and let go of listeners who are not any more. Raises ChatNotFound."""
        found = await self._look(room)
        if found is None:
            room.head, room.members, room.floors, room.blocked = None, {}, {}, frozenset()
            self.dismiss(room)
            raise ChatNotFound
        head, members = found.head, found.members
        room.looked_at = monotonic()
        room.faces.clear()
        changed = room.head is None or room.head.members_epoch != head.members_epoch
        room.head, room.members, room.blocked = head, members, found.blocked
        room.floors = {actor: floor for actor, floor in members.items() if floor}
        if self.listened(room):
            room.untold = max(room.untold, head.mod)
        else:
            room.begin(head)
        if changed:
            self.dismiss(room)
        return head

    async def _look(self, room: Room) -> Inside | None:
        async def read(chats: Sequence[ConversationId]) -> Mapping[ConversationId, Inside]:
            async with self.db.fast.acquire(room.workspace) as conn:
                return await PostingRepository(conn).rooms(chats)

        return (await self._reads.many(("rooms", room.workspace), (room.id,), read)).get(room.id)

    def dismiss(self, room: Room) -> None:
        """Let go of the listeners whom the room does not admit."""
        notice = gone_frame(room.id)
        for topic in (room.topic, room.public_topic):
            self.hub.expel(topic, chat=room.id, keeps=room.admits, notice=notice)

    def dismiss_actor(self, chat: ConversationId, actor: ActorId) -> None:
        """Let go of one actor's sockets at once."""
        notice = gone_frame(chat)
        for topic in topics_of(chat):
            self.hub.expel(topic, chat=chat, keeps=lambda who: who.actor_id != actor, notice=notice)

    async def meet(self, room: Room, actors: Iterable[ActorId]) -> None:
        """Learn the faces of actors that have not been seen yet."""

        async def read(wanted: Sequence[ActorId]) -> Mapping[ActorId, Face]:
            async with self.db.fast.acquire(room.workspace) as conn:
                return await PostingRepository(conn).faces(wanted)

        unknown = [actor for actor in actors if actor not in room.faces]
        if unknown:
            found = await self._reads.many(("faces", room.workspace), unknown, read)
            room.faces.update((actor, found[actor]) for actor in unknown if actor in found)

    def tell_all(self, room: Room, frame: Frame) -> None:
        """Publish a frame to all who listen in this process, contacts too."""
        self.hub.publish_here(room.topic, frame)
        self.hub.publish_here(room.public_topic, frame)
