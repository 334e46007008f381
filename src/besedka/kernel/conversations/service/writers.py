"""One writer per conversation and process.

What arrives while a statement runs goes together into the next one, so a busy conversation costs one commit for many
messages and never more than one connection; its events leave in the order of the commits. A writer is a task that ends
when nothing waits. Those who wait may go away at any time: the writer does not depend on them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import cast

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations.errors import (
    ChatNotFound,
    ClientKeyReused,
    ContactBlocked,
    Crowded,
    EpochChanged,
    Interrupted,
)
from besedka.kernel.conversations.repository.changing import ChangingRepository
from besedka.kernel.conversations.repository.posting import (
    Batch,
    Draft,
    FilesGone,
    Heard,
    KeyTaken,
    PostingRepository,
    Stored,
)
from besedka.kernel.conversations.service.attachments import files_of, find_attachments
from besedka.kernel.conversations.service.checks import check_post
from besedka.kernel.conversations.service.mentions import (
    may_mention,
    note_mentions,
    tell_mentions,
)
from besedka.kernel.conversations.service.rooms import Done, Room, Rooms, Waiting
from besedka.kernel.conversations.service.spelling import preview_of
from besedka.kernel.conversations.service.telling import Teller
from besedka.kernel.conversations.service.together import Parcel, Together, accompany
from besedka.kernel.conversations.types import (
    Conversation,
    ConversationId,
    Kind,
    Message,
    MessageId,
    MessageKind,
    Post,
    SharedCompanion,
    Visibility,
)
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.realtime.types import dumps

log = structlog.get_logger(__name__)

BATCH = 64
MOST_WAITING = 4096
TRIES = 8


class Writers:
    """The writers of this process."""

    def __init__(self, runtime: Runtime, rooms: Rooms) -> None:
        self._db, self._background, self._runtime = runtime.db, runtime.background, runtime
        self.rooms, self.teller = rooms, Teller(rooms)
        self._together = Together(runtime)
        self._companions: defaultdict[tuple[Kind, str], list[SharedCompanion]] = defaultdict(list)

    def accompany(self, kind: Kind, *, sender: str, companion: SharedCompanion) -> None:
        """Run a companion with every message that an actor of this kind posts to such conversations, after those before it.

        A post that brings its own companion goes without.
        """
        self._companions[kind, sender].append(companion)

    def submit(self, post: Post, done: Done) -> None:
        """Put a message in line; `done` hears what became of it. Raises EmptyMessage and others for bad input."""
        check_post(post)
        room = self.rooms.open(post.workspace_id, post.conversation_id)
        if len(room.waiting) >= MOST_WAITING:
            raise Crowded
        meta = dumps(post.meta) if post.meta else "{}"
        shown = post.attachments.shown if post.attachments else None
        draft = Draft(MessageId(new_id()), post, meta, preview_of(post.body, shown))
        room.waiting.append(Waiting(draft, done))
        self._start(room)

    def touch(self, workspace: WorkspaceId, chat: ConversationId) -> None:
        """Tell listeners in all processes what was changed and committed outside of the writer."""
        room = self.rooms.open(workspace, chat)
        if self.rooms.bus is not None:
            room.tells_all = True
            self.rooms.bus.send(room.topic, "touched", workspace=str(workspace), chat=str(chat))
        self._touch(room)

    def touch_here(self, workspace: WorkspaceId, chat: ConversationId) -> None:
        """Tell this process's listeners what was changed and committed elsewhere."""
        self._touch(self.rooms.open(workspace, chat))

    def _touch(self, room: Room) -> None:
        if room.tells_all or self.rooms.heard(room):
            room.touched = True
            self._start(room)
        else:
            room.forget()

    def _start(self, room: Room) -> None:
        if not room.running:
            room.running = True
            self._background.spawn(self._run(room), name="conversation writer")

    async def _run(self, room: Room) -> None:
        try:
            while room.waiting or room.touched:
                await self._turn(room)
        finally:
            room.running = False
            _settle(room.waiting, Interrupted())
            room.waiting.clear()

    async def _turn(self, room: Room) -> None:
        if room.touched:
            room.touched = False
            await self._catch_up(room)
        batch = _take(room)
        try:
            await self._store(room, batch)
        finally:
            _settle(batch, Interrupted())

    async def _catch_up(self, room: Room) -> None:
        try:
            await self.teller.catch_up(room)
        except BesedkaError as error:
            log.warning("changes could not be told", code=error.code)

    async def _store(self, room: Room, batch: Sequence[Waiting]) -> None:
        """Store a batch and settle all who wait for it, one way or another."""
        if not batch:
            return
        try:
            await self._try_together(room, batch)
        except Unavailable as error:
            _settle(batch, error)
        except Exception as error:  # noqa: BLE001 - a companion may raise anything; its caller gets to see it
            if len(batch) > 1:
                for waiting in batch:
                    await self._store(room, [waiting])
            elif isinstance(error, KeyTaken):
                await self._find_first(room, batch[0])
            elif isinstance(error, FilesGone):
                batch[0].settle(FileNotFound())
            else:
                _settle(batch, error)

    async def _try_together(self, room: Room, batch: Sequence[Waiting]) -> None:
        """Store a batch, looking again when the members or the epoch are not those that were remembered."""
        for attempt in range(TRIES):
            sure = attempt > 0 or not room.fresh
            if sure:
                await self.rooms.look(room)
            await self.rooms.meet(room, [waiting.draft.post.sender_id for waiting in batch])
            refused = [(w, why) for w in batch if (why := _refusal(room, w.draft.post, sure=sure))]
            if refused and not sure:
                continue
            for waiting, why in refused:
                waiting.settle(why)
                batch = [other for other in batch if other is not waiting]
            if not batch or await self._try_once(room, batch):
                return
        raise Crowded

    async def _try_once(self, room: Room, batch: Sequence[Waiting]) -> bool:
        stored, messages = await self._statement(room, batch)
        if stored is None:
            return False
        try:
            await self.teller.tell_posted(room, stored, messages=messages)
        except BesedkaError as error:
            log.warning("messages could not be told yet", code=error.code)
            room.touched = True
        for waiting, message in zip(batch, messages, strict=True):
            waiting.settle(message)
        return True

    async def _statement(
        self, room: Room, waiting: Sequence[Waiting]
    ) -> tuple[Stored | None, list[Message]]:  # fmt: skip
        """Run the one statement: with others of the workspace, or in a transaction when more belongs to it."""
        drafts = [each.draft for each in waiting]
        parcel = Parcel(
            _batch(room, drafts), [self._companions_of(room, draft.post) for draft in drafts],
            partial(_messages, room, drafts=drafts),
        )  # fmt: skip
        if not any(_has_more(draft.post) for draft in drafts):
            return await self._together.store(room.workspace, parcel)
        async with self._db.fast.transaction(room.workspace) as conn:
            moment = now()
            stored = await PostingRepository(conn).post(parcel.batch, moment=moment)
            if stored is None:
                return None, []
            messages = parcel.spell(stored, moment=moment)
            await self._add(conn, room, drafts, messages)
            await accompany(conn, [(parcel, messages)])
            for message, draft in zip(messages, drafts, strict=True):
                own = draft.post.companion
                if own is not None and not isinstance(own, SharedCompanion):
                    await own(conn, message)
        return stored, messages

    async def _add(
        self, conn: TenantConn, room: Room, drafts: Sequence[Draft], messages: Sequence[Message]
    ) -> None:
        """Store what belongs to messages: files, mentions, the counts of threads."""
        await _attach(conn, room, drafts=drafts, messages=messages)
        for message in messages:
            if may_mention(message.body):
                actors = await note_mentions(self._runtime, conn, message)
                conn.on_commit(partial(tell_mentions, self._runtime, message, actors))
        for root in {m.thread_root_seq for m in messages if m.thread_root_seq is not None}:
            await ChangingRepository(conn).count_thread(room.id, root)
            room.touched = True

    def _companions_of(self, room: Room, post: Post) -> Sequence[SharedCompanion]:
        """Return who writes more for a message; one of its own that is not shared is the caller's to call."""
        if post.companion is not None:
            return (post.companion,) if isinstance(post.companion, SharedCompanion) else ()
        kind = cast(Conversation, room.head).kind
        return self._companions.get((kind, room.faces[post.sender_id].kind), ())

    async def _find_first(self, room: Room, waiting: Waiting) -> None:
        """Settle a message whose client key is taken: the same message gives the first one back."""
        post = waiting.draft.post
        try:
            async with self._db.fast.acquire(room.workspace) as conn:
                found = await PostingRepository(conn).find_by_key(
                    room.id, sender=post.sender_id, key=post.client_key
                )
        except BesedkaError as error:
            waiting.settle(error)
            return
        if found is None or not _is_same(*found, post=post):
            waiting.settle(ClientKeyReused())
            return
        first, _ = found
        first.duplicate = True
        if room.told is not None and first.mod > room.told:
            room.touched = True
        waiting.settle(first)


def _has_more(post: Post) -> bool:
    """Whether storing a message takes more than what conversations can share."""
    linked = post.reply_seq is not None or post.thread_root_seq is not None
    alone = post.companion is not None and not isinstance(post.companion, SharedCompanion)
    return linked or alone or post.attachments is not None or may_mention(post.body)


def _is_same(first: Message, sent: str, *, post: Post) -> bool:
    """Whether a post is the one that was stored first; of a deleted message nothing is left to compare."""
    same_words = first.deleted_at is not None or (
        sent == post.body and files_of(first) == list(post.files)
    )
    return same_words and first.visibility == post.visibility


async def _attach(
    conn: TenantConn, room: Room, *, drafts: Sequence[Draft], messages: Sequence[Message]
) -> None:
    files = {
        message.seq: draft.post.files
        for draft, message in zip(drafts, messages, strict=True)
        if draft.post.attachments
    }
    if files:
        await PostingRepository(conn).attach(files, room.id)


def _refusal(room: Room, post: Post, *, sure: bool) -> BesedkaError | None:
    """Return why a message may not be posted; what is only remembered cannot refuse for an epoch."""
    head, face = cast(Conversation, room.head), room.faces.get(post.sender_id)
    allowed = (
        not post.as_member
        or post.sender_id in room.members
        or (post.staff and head.kind is Kind.DIALOG)
    )
    is_note_of_contact = (
        face is not None
        and face.kind == ActorKind.CONTACT
        and post.visibility is Visibility.INTERNAL
    )
    if face is None or not allowed or is_note_of_contact:
        return ChatNotFound()
    if post.sender_id in room.blocked:
        return ContactBlocked()
    if sure and post.expected_epoch is not None and post.expected_epoch != head.epoch:
        return EpochChanged(epoch=head.epoch)
    return None


def _take(room: Room) -> list[Waiting]:
    """Take what goes into one statement: the same expected epoch, no client key twice."""
    batch: list[Waiting] = []
    keys: set[tuple[ActorId, str]] = set()
    while room.waiting and len(batch) < BATCH:
        post = room.waiting[0].draft.post
        key = (post.sender_id, post.client_key)
        if key in keys or (batch and post.expected_epoch != batch[0].draft.post.expected_epoch):
            break
        keys.add(key)
        batch.append(room.waiting.popleft())
    return batch


def _batch(room: Room, drafts: Sequence[Draft]) -> Batch:
    return Batch(
        chat=room.id, drafts=drafts, members_epoch=cast(Conversation, room.head).members_epoch,
        epoch=drafts[0].post.expected_epoch, heard=_heard(room, drafts),
    )  # fmt: skip


_HEARD = {
    ActorKind.CONTACT.value: Heard.WAITS,
    ActorKind.USER.value: Heard.ANSWERED,
    ActorKind.ASSISTANT.value: Heard.ASSISTED,
}


def _heard(room: Room, drafts: Sequence[Draft]) -> Heard | None:
    """Return what the last words that a contact sees or says mean for them; notices mean nothing."""
    if cast(Conversation, room.head).kind is not Kind.DIALOG:
        return None
    said = [
        draft.post.sender_id
        for draft in drafts
        if draft.post.kind is MessageKind.TEXT and draft.post.visibility is Visibility.PUBLIC
    ]
    return _HEARD.get(room.faces[said[-1]].kind) if said else None


def _messages(
    room: Room, stored: Stored, *, drafts: Sequence[Draft], moment: datetime
) -> list[Message]:
    return [
        Message(
            workspace_id=room.workspace,
            conversation_id=room.id,
            seq=stored.seq + place,
            id=draft.id,
            mod=stored.mod + place,
            sender=room.faces[draft.post.sender_id],
            client_key=draft.post.client_key,
            reply_seq=stored.replies[place - 1] if stored.replies else None,
            quote=stored.quotes[place - 1] if stored.quotes else None,
            thread_root_seq=draft.post.thread_root_seq,
            attachments=draft.post.attachments.shown if draft.post.attachments else None,
            kind=draft.post.kind,
            visibility=draft.post.visibility,
            body=draft.post.body,
            meta=draft.meta,
            created_at=moment,
        )
        for place, draft in enumerate(drafts, 1)
    ]


def _settle(waiting: Iterable[Waiting], error: BaseException) -> None:
    for each in waiting:
        each.settle(error)


async def post(runtime: Runtime, message: Post) -> Message:
    """Store a message through its conversation's writer and return it once it is committed.

    The same client key with the same body gives the first message back, as a `duplicate`. The caller may be cancelled;
    the message is then stored or not, and sending it again finds out. Raises ChatNotFound (also for those who may not
    write there), ContactBlocked, ClientKeyReused, EpochChanged, EmptyMessage, MessageTooLong, BadCharacters, Crowded, DatabaseAway, and
    FileNotFound for a file that is not the sender's to send.
    """
    if message.files:
        async with runtime.db.fast.acquire(message.workspace_id) as conn:
            found = await find_attachments(conn, message.files, sender=message.sender_id)
        body = "" if message.body.isspace() else message.body
        message = replace(message, body=body, files=found.files, attachments=found)
    waiter: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    runtime.get(Writers).submit(message, partial(_resolve, waiter))
    return await waiter


def _resolve(waiter: "asyncio.Future[Message]", result: Message | BaseException) -> None:
    if waiter.done():
        return
    if isinstance(result, Message):
        waiter.set_result(result)
    else:
        waiter.set_exception(result)
