"""Conversations as their viewers use them: made, listed, read, renamed, deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations.errors import (
    ChatNotFound,
    MemberNotFound,
    MessageNotFound,
    NotForMembers,
)
from besedka.kernel.conversations.repository.conversations import (
    ConversationRepository,
    ParticipantRepository,
)
from besedka.kernel.conversations.repository.posting import PostingRepository
from besedka.kernel.conversations.repository.reading import Cursor, ReadingRepository
from besedka.kernel.conversations.service.attachments import drop_files_of_chat
from besedka.kernel.conversations.service.checks import check_text
from besedka.kernel.conversations.service.rooms import Rooms, topics_of
from besedka.kernel.conversations.service.spelling import chat_frame, spell_page
from besedka.kernel.conversations.service.writers import Writers
from besedka.kernel.conversations.types import (
    ChatEntry,
    ChatFilter,
    Conversation,
    ConversationId,
    Face,
    Kind,
    Message,
    MessageId,
    ParticipantRole,
    Viewer,
)
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import make_frame

Member = ActorId | tuple[ActorId, ParticipantRole]


async def create_conversation(
    conn: TenantConn, *, kind: Kind, title: str = "", state: str | None = None, participants: Sequence[Member] = (),
    direct_key: str | None = None, meta: Mapping[str, JsonValue] | None = None,
) -> Conversation:  # fmt: skip
    """Make a conversation. With a `direct_key` that is taken, return the conversation that has it."""
    check_text(title)
    conversations = ConversationRepository(conn)
    members = [each if isinstance(each, tuple) else (each, ParticipantRole.MEMBER) for each in participants]  # fmt: skip
    made = await conversations.create(
        ConversationId(new_id()), kind=kind, title=title, state=state, direct_key=direct_key, meta=meta or {},
        participants=[(actor, role.value) for actor, role in members],
    )  # fmt: skip
    if made is None and direct_key is not None:
        made = await conversations.find_direct(direct_key)
    if made is None:
        raise ChatNotFound
    return made


async def start_chat(
    runtime: Runtime, conn: TenantConn, *, kind: Kind, title: str, owner: ActorId, others: Sequence[ActorId],
    meta: Mapping[str, JsonValue],
) -> Conversation:  # fmt: skip
    """Make a chat of people inside, or find the direct one, and let their clients know. Raises MemberNotFound."""
    await check_people(conn, others)
    if kind is Kind.DIRECT:
        made = await open_direct(conn, owner, others[0])
    else:
        made = await create_conversation(
            conn, kind=kind, title=title, meta=meta, participants=[(owner, ParticipantRole.OWNER), *others]
        )  # fmt: skip
    announce_created(runtime, conn, made, [owner, *others])
    return made


async def check_people(conn: TenantConn, actors: Sequence[ActorId]) -> None:
    """Refuse actors that are not people of this workspace. Raises MemberNotFound."""
    if not actors:
        return
    faces = await PostingRepository(conn).faces(actors)
    if any(actor not in faces or faces[actor].kind != ActorKind.USER for actor in actors):
        raise MemberNotFound


async def open_direct(conn: TenantConn, one: ActorId, other: ActorId) -> Conversation:
    """Return the one direct conversation of two actors, made if there is none."""
    first, second = sorted((one, other))
    return await create_conversation(
        conn, kind=Kind.DIRECT, participants=[one, other], direct_key=f"{first}:{second}"
    )


def announce_created(
    runtime: Runtime, conn: TenantConn, conversation: Conversation, participants: Iterable[ActorId]
) -> None:  # fmt: skip
    """Let the participants' clients know of a new conversation once it is committed."""
    hub = runtime.get(Hub)
    frame = chat_frame(conversation, internal=True)

    def tell() -> None:
        for actor in participants:
            hub.publish(f"actor:{actor}", frame)

    conn.on_commit(tell)
    if conversation.kind is Kind.DIALOG:
        conn.on_commit(
            partial(runtime.get(Writers).touch, conversation.workspace_id, conversation.id)
        )


async def get_conversation(conn: TenantConn, chat: ConversationId) -> Conversation:
    """Return a conversation, whoever asks. Raises ChatNotFound."""
    found = await ReadingRepository(conn).find(chat)
    if found is None:
        raise ChatNotFound
    return found


async def get_readable(
    conn: TenantConn, chat: ConversationId, *, actor: ActorId, staff: bool = False
) -> ChatEntry:
    """Return a conversation that an actor may read; `staff` may read all dialogs. Raises ChatNotFound."""
    found = await ReadingRepository(conn).readable(actor, [chat], staff=staff)
    if not found:
        raise ChatNotFound
    return found[0]


async def list_conversations(
    conn: TenantConn, actor: ActorId, wanted: ChatFilter, *, before: Cursor | None = None, limit: int = 50
) -> list[ChatEntry]:  # fmt: skip
    """Return those of an actor's conversations that are wanted, the ones with the newest messages first."""
    return await ReadingRepository(conn).list_entries(actor, wanted, before=before, limit=limit)


async def count_unread(
    conn: TenantConn, actor: ActorId, chats: Sequence[ConversationId]
) -> dict[ConversationId, int]:  # fmt: skip
    """Return how many messages of others an actor has not read, counted up to 100."""
    return await ParticipantRepository(conn).count_unread(actor, chats)


async def page(
    conn: TenantConn, chat: ConversationId, *, viewer: Viewer, before_seq: int | None = None,
    after_seq: int | None = None, limit: int = 50,
) -> list[Message]:  # fmt: skip
    """Return messages that a viewer sees: the newest before a place, newest first, or those after one, oldest first."""
    return await ReadingRepository(conn).page(
        chat, viewer, before=before_seq, after=after_seq, limit=limit
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A page as JSON, and where its last message is."""

    body: bytes
    count: int
    last_seq: int


async def own_page(
    conn: TenantConn, chat: ConversationId, *, actor: ActorId, staff: bool, before_seq: int | None = None,
    after_seq: int | None = None, limit: int = 50,
) -> Page:  # fmt: skip
    """Return a page to one of the people inside, in one statement. Raises ChatNotFound."""
    rows = await ReadingRepository(conn).own_page(
        chat, actor, staff=staff, before=before_seq, after=after_seq, limit=limit
    )
    if rows is None:
        raise ChatNotFound
    body = spell_page(chat, [row.values() for row in rows]).encode()
    return Page(body, len(rows), rows[-1][0] if rows else 0)


async def changes_since(
    conn: TenantConn, chat: ConversationId, *, viewer: Viewer, since_mod: int, limit: int = 200
) -> list[Message]:  # fmt: skip
    """Return the messages that changed after a `mod`, in the order of their changes."""
    return await ReadingRepository(conn).changes(
        chat, viewer, since=since_mod, until=2**62, limit=limit
    )


async def list_pins(conn: TenantConn, chat: ConversationId, *, viewer: Viewer) -> list[Message]:
    """Return the pinned messages that a viewer sees, the last pinned first."""
    return await ReadingRepository(conn).pins(chat, viewer)


async def find_root(conn: TenantConn, chat: ConversationId, *, viewer: Viewer, seq: int) -> Message:
    """Return the message that a thread begins with, which a viewer names by any of its messages.

    Raises MessageNotFound.
    """
    found = await page(conn, chat, viewer=viewer, after_seq=seq - 1, limit=1)
    if not found or found[0].seq != seq:
        raise MessageNotFound
    root_seq = found[0].thread_root_seq
    return (
        found[0] if root_seq is None else await find_root(conn, chat, viewer=viewer, seq=root_seq)
    )


async def list_thread(
    conn: TenantConn, root: Message, *, viewer: Viewer, after_seq: int = 0, limit: int = 50
) -> list[Message]:
    """Return the answers in a thread after a place, in their order."""
    return await ReadingRepository(conn).thread(
        root.conversation_id, viewer, root_seq=root.seq, after=after_seq, limit=limit
    )


async def get_message(conn: TenantConn, message: MessageId) -> Message:
    """Return a message by its id, whoever asks. Raises MessageNotFound."""
    found = await ReadingRepository(conn).find_message(message)
    if found is None:
        raise MessageNotFound
    return found


async def find_face(conn: TenantConn, actor: ActorId) -> Face | None:
    """Return an actor as others see it, None when there is no such actor."""
    return (await PostingRepository(conn).faces([actor])).get(actor)


async def update_conversation(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, title: str | None = None,
    meta: Mapping[str, JsonValue] | None = None,
) -> Conversation:  # fmt: skip
    """Change a conversation's title, merge into its meta, and tell listeners. Raises ChatNotFound."""
    check_text(title or "")
    changed = await ConversationRepository(conn).update(chat, title=title, meta=meta or {})
    if changed is None:
        raise ChatNotFound
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat))
    return changed


async def change_chat(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry, *, title: str | None = None,
    tags: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Change title and tags, which is the owner's to do. Raises NotForMembers."""
    if title is None and tags is None:
        return
    if entry.role != ParticipantRole.OWNER:
        raise NotForMembers
    meta: dict[str, JsonValue] = {} if tags is None else {"tags": list(tags)}
    await update_conversation(runtime, conn, entry.conversation.id, title=title, meta=meta)


async def mark_chat(
    conn: TenantConn, entry: ChatEntry, *, actor: ActorId, favorite: bool | None = None,
    archived: bool | None = None,
) -> None:  # fmt: skip
    """Say whether a chat is an actor's favourite, and whether they have put it away."""
    conversations = ConversationRepository(conn)
    if favorite is not None:
        await conversations.set_favorite(entry.conversation.id, actor, favorite=favorite)
    if archived is not None:
        await conversations.set_archived(entry.conversation.id, actor, archived=archived)


async def delete_conversation(
    runtime: Runtime, conn: TenantConn, entry: ChatEntry
) -> None:  # fmt: skip
    """Delete a conversation with its messages, on behalf of its owner, and tell listeners. Raises NotForMembers."""
    chat = entry.conversation
    if entry.role != ParticipantRole.OWNER:
        raise NotForMembers
    await drop_files_of_chat(conn, chat.id)
    await ConversationRepository(conn).delete(chat.id)
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, chat.id))


async def mark_read(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId, seq: int
) -> int | None:  # fmt: skip
    """Raise how far an actor has read, and tell the others; None when that was known, or the actor takes no part."""
    found = await ParticipantRepository(conn).read(chat, actor, seq=seq)
    if found is None:
        return None
    _tell_progress(runtime, conn, chat, kind="read", actor=actor, shown=found)
    return found[0]


async def mark_delivered(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId, seq: int
) -> int | None:  # fmt: skip
    """Raise how far messages have reached an actor, and tell the others; None as for `mark_read`."""
    found = await ParticipantRepository(conn).deliver(chat, actor, seq=seq)
    if found is None:
        return None
    _tell_progress(runtime, conn, chat, kind="delivered", actor=actor, shown=found)
    return found[0]


def _tell_progress(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, kind: str, actor: ActorId,
    shown: tuple[int, int | None],
) -> None:  # fmt: skip
    hub = runtime.get(Hub)
    for topic, seq in zip(topics_of(chat), shown, strict=True):
        if seq is not None:
            frame = make_frame(kind, chat=chat, data={"actor": str(actor), "seq": seq})
            conn.on_commit(hub.later(topic, frame))


async def mark_unread(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, actor: ActorId, seq: int
) -> int | None:  # fmt: skip
    """Take back that an actor has read a message and what follows, and tell its own clients; None: it had not."""
    read = await ParticipantRepository(conn).unread(chat, actor, seq=seq)
    if read is not None:
        frame = make_frame("unread", chat=chat, data={"actor": str(actor), "seq": read})
        conn.on_commit(runtime.get(Hub).later(f"actor:{actor}", frame))
    return read


def announce(
    runtime: Runtime, chat: ConversationId, kind: str, *, data: Mapping[str, JsonValue], public: bool = True,
    ephemeral: bool = True,
) -> None:  # fmt: skip
    """Tell those who listen to a conversation something that is not stored: typing, the words of an answer."""
    hub = runtime.get(Hub)
    inside, outside = topics_of(chat)
    if not hub.reaches(inside) and not (public and hub.reaches(outside)):
        return
    frame = make_frame(kind, chat=chat, data=data, ephemeral=ephemeral)
    hub.publish(inside, frame)
    if public:
        hub.publish(outside, frame)


def dismiss(runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, actor: ActorId) -> None:
    """Let go of the sockets of an actor who left, then tell the others."""
    runtime.get(Rooms).dismiss_actor(chat, actor)
    runtime.get(Writers).touch(workspace, chat)
