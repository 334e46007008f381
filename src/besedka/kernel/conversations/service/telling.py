"""Telling listeners what was committed, in the order of `mod` and without holes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from besedka.core.ids import ActorId
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations.repository.posting import Stored
from besedka.kernel.conversations.repository.reading import ReadingRepository
from besedka.kernel.conversations.service.rooms import (
    Posted,
    Room,
    Rooms,
    inbox_topic,
    outside_of,
)
from besedka.kernel.conversations.service.spelling import (
    chat_frame,
    inbox_frame,
    is_public,
    message_frame,
    preview_of,
)
from besedka.kernel.conversations.types import (
    EVERYTHING,
    Conversation,
    DialogSummary,
    Face,
    Kind,
    Message,
)
from besedka.kernel.realtime.types import make_frame

MOST_CHANGES = 200
MESSAGES_AT_ONCE = 16
OFFERS_PER_TURN = 2000
"""Frames handed to sockets before others get their turn: about ten milliseconds."""


class Teller:
    """Publishes what the one writer of a conversation has committed or found."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms, self._hub, self._db = rooms, rooms.hub, rooms.db

    async def tell_posted(self, room: Room, stored: Stored, *, messages: Sequence[Message]) -> None:
        """Publish a batch, after what others have committed before it."""
        if room.told is not None and stored.mod > room.told:
            await self.catch_up(room, until=stored.mod)
        self._tell_others(room, stored, messages=messages)
        if self._rooms.listened(room):
            await self._tell(room, messages)
        if room.told is None:
            room.untold = messages[-1].mod
        else:
            room.told = messages[-1].mod
        head = cast(Conversation, room.head)
        if head.kind is Kind.DIALOG:
            room.head = head = _after(head, stored, messages=messages)
            await self._tell_inbox(room, head, everywhere=True)

    def _tell_others(self, room: Room, stored: Stored, *, messages: Sequence[Message]) -> None:
        """Let the other processes tell their listeners."""
        if self._rooms.bus is None:
            return
        frames = [
            (is_public(each), each.seq, each.mod, message_frame(each).text) for each in messages
        ]
        posted = Posted(
            workspace=room.workspace, chat=room.id, epoch=room.members_epoch, since=stored.mod,
            reached=messages[-1].mod, frames=frames,
        )  # fmt: skip
        self._rooms.bus.send(room.topic, "messages", **posted.spell())

    async def catch_up(self, room: Room, *, until: int | None = None) -> None:
        """Read what changed since listeners were last told, up to a `mod`, and publish it. Raises ChatNotFound."""
        everywhere, room.tells_all = room.tells_all, False
        head = await self._rooms.look(room)
        if room.told is not None:
            await self._tell_since(room, head, since=room.told, until=until or head.mod)
        if head.kind is Kind.DIALOG:
            await self._tell_inbox(room, head, everywhere=everywhere)

    async def _tell_since(self, room: Room, head: Conversation, *, since: int, until: int) -> None:
        if since < until and self._rooms.listened(room):
            shown = await self._tell_changes(room, since=since, until=until)
            await self._tell_head(room, replace(head, mod=until), outside=shown)
        room.told = max(since, until)

    async def _tell_head(self, room: Room, head: Conversation, *, outside: bool) -> None:
        """Publish the conversation itself; contacts hear nothing of it when only what they may not see has changed."""
        assignee = await self._face(room, head.assignee_id)
        self._tell_inside(room, head, assignee)
        if outside or room.outside != outside_of(head):
            room.outside = outside_of(head)
            frame = chat_frame(head, internal=False, assignee=assignee)
            self._hub.publish_here(room.public_topic, frame)

    def _tell_inside(self, room: Room, head: Conversation, assignee: Face | None) -> None:
        """Publish the conversation to those inside: without the last words to whom they are not to see."""
        frame = chat_frame(head, internal=True, assignee=assignee)
        newcomers = {actor for actor, floor in room.floors.items() if floor >= head.last_seq}
        if not newcomers:
            self._hub.publish_here(room.topic, frame)
            return
        bare = chat_frame(replace(head, preview=""), internal=True, assignee=assignee)
        for socket in self._hub.listeners(room.topic):
            socket.offer(bare if socket.principal.actor_id in newcomers else frame)

    async def _tell_changes(self, room: Room, *, since: int, until: int) -> bool:
        """Publish changed messages; return whether contacts see some of them."""
        async with self._db.fast.acquire(room.workspace) as conn:
            changes = await ReadingRepository(conn).changes(
                room.id, EVERYTHING, since=since, until=until, limit=MOST_CHANGES + 1
            )
        if len(changes) > MOST_CHANGES:
            stale = make_frame("chat.changed", chat=room.id, mod=until, data={"stale": True})
            self._rooms.tell_all(room, stale)
            return True
        await self._tell(room, changes)
        return any(is_public(message) for message in changes)

    async def _tell(self, room: Room, messages: Sequence[Message]) -> None:
        """Publish messages, letting others have their turn now and then."""
        offers = 0
        for some in _portions(messages):
            frames = [message_frame(message) for message in some]
            offers += self._hub.publish_many(room.topic, frames, floors=room.floors)
            if self._hub.listened(room.public_topic):
                shown = [f for f, m in zip(frames, some, strict=True) if is_public(m)]
                offers += self._hub.publish_many(room.public_topic, shown)
            if offers >= OFFERS_PER_TURN:
                offers = 0
                await asyncio.sleep(0)

    async def _tell_inbox(self, room: Room, head: Conversation, *, everywhere: bool) -> None:
        topic = inbox_topic(room.workspace)
        if everywhere and self._hub.reaches(topic):
            self._hub.publish(topic, inbox_frame(await self._summary(room, head)))
        elif self._hub.listened(topic):
            self._hub.publish_here(topic, inbox_frame(await self._summary(room, head)))

    async def _summary(self, room: Room, head: Conversation) -> DialogSummary:
        await self._rooms.meet(room, room.members)
        faces = (room.faces[actor] for actor in room.members if actor in room.faces)
        return DialogSummary(
            id=head.id,
            state=head.state or "",
            epoch=head.epoch,
            mod=head.mod,
            last_seq=head.last_seq,
            last_message_at=head.last_message_at or head.created_at,
            preview=head.preview,
            preview_internal=head.last_seq > head.last_public_seq,
            contact=next((face for face in faces if face.kind == ActorKind.CONTACT), None),
            assignee=await self._face(room, head.assignee_id),
            meta=head.meta,
            created_at=head.created_at,
            labels=head.labels,
            team_id=head.team_id,
            priority=head.priority,
            snoozed_until=head.snoozed_until,
            waiting_since=head.waiting_since,
            due_at=head.due_at,
        )

    async def _face(self, room: Room, actor: ActorId | None) -> Face | None:
        if actor is None:
            return None
        await self._rooms.meet(room, (actor,))
        return room.faces.get(actor)


def _portions(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for start in range(0, len(messages), MESSAGES_AT_ONCE):
        yield messages[start : start + MESSAGES_AT_ONCE]


def _after(head: Conversation, stored: Stored, *, messages: Sequence[Message]) -> Conversation:
    """Return a conversation as a batch has left it."""
    public = [message for message in messages if is_public(message)]
    moment: datetime = messages[-1].created_at
    return replace(
        head,
        state=stored.state,
        assignee_id=stored.assignee_id,
        epoch=stored.epoch,
        last_seq=messages[-1].seq,
        last_public_seq=stored.last_public_seq,
        waiting_since=stored.waiting_since,
        mod=messages[-1].mod,
        last_message_at=moment,
        preview=preview_of(messages[-1].body, messages[-1].attachments),
        public_preview=preview_of(public[-1].body, public[-1].attachments)
        if public
        else head.public_preview,
    )
