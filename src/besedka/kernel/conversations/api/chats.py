"""`/chats`: made, listed, changed, deleted; and who is in them."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import InvalidInput
from besedka.core.ids import ActorId
from besedka.core.pagination import add_next, read_moment
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.deps import ChatPath, Mark, find_entry, reading
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.schemas import (
    ChatCreate,
    ChatQuery,
    ChatRead,
    ChatUpdate,
    MemberAdd,
    MemberRead,
    ReadState,
    ReadUpdate,
    UnreadUpdate,
)
from besedka.kernel.conversations.types import (
    CHATS,
    ChatEntry,
    ChatFilter,
    ConversationId,
    Kind,
    Place,
)
from besedka.kernel.realtime.types import dumps

JSON: Final = "application/json"
MOST_FOUND: Final = 200
"""The newest messages with the words whose chats are listed."""

router = APIRouter(prefix="/chats", tags=["chats"], route_class=KeyedRoute)


def _spell(entry: ChatEntry, *, unread: int) -> dict[str, JsonValue]:
    chat = entry.conversation
    return {
        **service.chat_json(chat, internal=True, assignee=entry.assignee),
        "tags": chat.meta.get("tags", []),
        "is_favorite": entry.is_favorite,
        "is_archived": entry.is_archived,
        "folder_id": None if entry.folder_id is None else str(entry.folder_id),
        "expires_at": None if entry.expires_at is None else entry.expires_at.isoformat(),
        "trashed_at": None if entry.trashed_at is None else entry.trashed_at.isoformat(),
        "read_seq": entry.read_seq,
        "unread": unread,
    }


def _answer(content: object, status: int = 200) -> Response:
    return Response(dumps(content), status, media_type=JSON)


def _cursor(before: str | None) -> service.Cursor | None:
    if before is None:
        return None
    moment, chat = read_moment(before, field="before")
    return service.Cursor(moment, ConversationId(chat))


def _after(entries: list[ChatEntry], limit: int) -> Mapping[str, str | int] | None:
    if len(entries) < limit:
        return None
    last = entries[-1].conversation
    moment = last.last_message_at or last.created_at
    return {"before": f"{moment.isoformat()}~{last.id}"}


async def _wanted(runtime: Runtime, identity: Identity, asked: ChatQuery) -> ChatFilter:
    text = asked.q.strip()
    found: list[ConversationId] = []
    if text and asked.place is not Place.TRASH:
        search = service.Search(text=text, limit=MOST_FOUND)
        results = await service.search_messages(runtime, identity.workspace_id, identity, search)
        found = [each.message.conversation_id for each in results.found]
    return ChatFilter(
        kinds=asked.kind or CHATS, place=asked.place, label=asked.label, folder=asked.folder,
        tag=asked.tag, favorite=asked.favorite, text=text, found=found,
    )  # fmt: skip


@router.get("", response_model=list[ChatRead], responses=problems(401, 422))
async def list_chats(
    request: Request,
    runtime: CurrentRuntime,
    identity: CurrentIdentity,
    asked: Annotated[ChatQuery, Query()],
) -> Response:
    """List my chats, those with the newest messages first; dialogs and interviews only when asked for.

    `q` is looked for in titles and in messages; of what lies in the trash, in titles alone.
    """
    wanted = await _wanted(runtime, identity, asked)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entries = await service.list_conversations(
            conn,
            identity.actor_id,
            wanted,
            before=_cursor(asked.before),
            limit=asked.limit,
        )
        behind = [e.conversation.id for e in entries if e.conversation.last_seq > e.read_seq]
        unread = await service.count_unread(conn, identity.actor_id, behind) if behind else {}
    response = _answer([_spell(e, unread=unread.get(e.conversation.id, 0)) for e in entries])
    add_next(request, response, _after(entries, asked.limit))
    return response


@router.post("", status_code=201, response_model=ChatRead, responses=problems(401, 403, 404, 422))
async def create_chat(
    body: ChatCreate, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Make a chat: with the AI, with one person, or with several."""
    others = [ActorId(actor) for actor in dict.fromkeys(body.members) if actor != identity.actor_id]
    if (body.kind == "direct") != (len(others) == 1) and body.kind != "group":
        raise InvalidInput(field="members")
    if body.temporary and body.kind != "ai":
        raise InvalidInput(field="temporary")
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        chat = await service.start_chat(
            runtime, conn, kind=Kind(body.kind), title=body.title, owner=identity.actor_id, others=others,
            meta={"tags": list(body.tags)},
        )  # fmt: skip
        if body.temporary:
            await service.keep_for_now(conn, chat.id, owner=identity.actor_id)
        entry = await find_entry(conn, identity, chat.id)
    return _answer(_spell(entry, unread=0), 201)


@router.get("/{chat}", response_model=ChatRead, responses=problems(401, 404))
async def read_chat(
    chat: ChatPath, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:  # fmt: skip
    """Show one chat."""
    async with reading(runtime, identity, chat) as (conn, entry):
        unread = await service.count_unread(conn, identity.actor_id, [entry.conversation.id])
    return _answer(_spell(entry, unread=unread.get(entry.conversation.id, 0)))


@router.patch("/{chat}", response_model=ChatRead, responses=problems(401, 403, 404, 422))
async def update_chat(
    chat: ChatPath, body: ChatUpdate, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Change title and tags, as its owner; or mark it as a favourite of mine, or put it away for me, or into a folder."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.change_chat(runtime, conn, entry, title=body.title, tags=body.tags)
        await service.mark_chat(
            conn, entry, actor=identity.actor_id, favorite=body.is_favorite, archived=body.is_archived
        )  # fmt: skip
        if "folder_id" in body.model_fields_set:
            await service.put_into_folder(
                conn, entry, actor=identity.actor_id, folder=body.folder_id
            )
        entry = await find_entry(conn, identity, chat)
        unread = await service.count_unread(conn, identity.actor_id, [entry.conversation.id])
    return _answer(_spell(entry, unread=unread.get(entry.conversation.id, 0)))


@router.delete("/{chat}", status_code=204, responses=problems(401, 403, 404))
async def delete_chat(
    chat: ChatPath,
    runtime: CurrentRuntime,
    identity: CurrentIdentity,
    *,
    forever: Annotated[bool, Query(description="Delete it at once, also out of the trash.")] = False,
) -> None:  # fmt: skip
    """Delete a chat with its messages, as its owner. One with the AI waits in the trash for 30 days."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if forever:
            entry = await _find_anywhere(conn, identity, chat)
            await service.delete_conversation(runtime, conn, entry)
        else:
            await service.trash_chat(runtime, conn, await find_entry(conn, identity, chat))


async def _find_anywhere(conn: TenantConn, identity: Identity, chat: UUID) -> ChatEntry:
    """Return a chat that the caller may read, or that they have put into the trash. Raises ChatNotFound."""
    try:
        return await find_entry(conn, identity, chat)
    except ChatNotFound:
        return await service.get_trashed(conn, ConversationId(chat), actor=identity.actor_id)


@router.post("/{chat}/restore", response_model=ChatRead, responses=problems(401, 404, 422))
async def restore_chat(
    chat: ChatPath, runtime: CurrentRuntime, identity: CurrentIdentity
) -> Response:
    """Take a chat out of the trash."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.restore_chat(
            runtime, conn, ConversationId(chat), actor=identity.actor_id
        )  # fmt: skip
        entry = await find_entry(conn, identity, chat)
        unread = await service.count_unread(conn, identity.actor_id, [entry.conversation.id])
    return _answer(_spell(entry, unread=unread.get(entry.conversation.id, 0)))


@router.post("/{chat}/read", responses=problems(401, 404, 422))
async def mark_read(
    chat: ChatPath, body: ReadUpdate, runtime: CurrentRuntime, identity: CurrentIdentity
) -> ReadState:
    """Say how far I have read; it only grows."""
    entry, now_read = await _mark(service.mark_read, runtime, identity, chat, seq=body.seq)
    return ReadState(seq=entry.read_seq if now_read is None else now_read)


@router.post("/{chat}/delivered", responses=problems(401, 404, 422))
async def mark_delivered(
    chat: ChatPath, body: ReadUpdate, runtime: CurrentRuntime, identity: CurrentIdentity
) -> ReadState:
    """Say how far messages have reached me; it only grows."""
    entry, reached = await _mark(service.mark_delivered, runtime, identity, chat, seq=body.seq)
    return ReadState(seq=entry.delivered_seq if reached is None else reached)


@router.post("/{chat}/unread", responses=problems(401, 404, 422))
async def mark_unread(
    chat: ChatPath, body: UnreadUpdate, runtime: CurrentRuntime, identity: CurrentIdentity
) -> ReadState:
    """Take back that I have read a message and what follows; only I learn of it. Says how far I have read now."""
    entry, now_read = await _mark(service.mark_unread, runtime, identity, chat, seq=body.seq)
    return ReadState(seq=entry.read_seq if now_read is None else now_read)


async def _mark(
    mark: Mark, runtime: Runtime, identity: Identity, chat: UUID, *, seq: int
) -> tuple[ChatEntry, int | None]:
    """Note how far the caller is; return how they were before, and how far they are if that is new."""
    async with reading(runtime, identity, chat) as (conn, entry):
        reached = await mark(runtime, conn, entry.conversation.id, actor=identity.actor_id, seq=seq)
    return entry, reached


@router.get("/{chat}/members", responses=problems(401, 404))
async def list_members(
    chat: ChatPath, runtime: CurrentRuntime, identity: CurrentIdentity
) -> list[MemberRead]:
    """List who takes part."""
    async with reading(runtime, identity, chat) as (conn, entry):
        members = await service.list_participants(conn, entry.conversation.id)
    return [
        MemberRead(
            id=m.actor.id, kind=m.actor.kind, name=m.actor.name, role=m.role, read_seq=m.read_seq,
            delivered_seq=m.delivered_seq,
            joined_at=m.joined_at,
        )
        for m in members
    ]  # fmt: skip


@router.post("/{chat}/members", status_code=204, responses=problems(401, 403, 404, 409, 422))
async def add_member(
    chat: ChatPath, body: MemberAdd, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:
    """Let somebody into a group, as its owner."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.invite(runtime, conn, entry, actor=ActorId(body.actor_id))


@router.delete("/{chat}/members/{actor}", status_code=204, responses=problems(401, 403, 404, 409))
async def remove_member(
    chat: ChatPath, actor: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:
    """Let somebody out of a group, as its owner; or leave it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.expel(
            runtime, conn, entry, actor=ActorId(actor), asked_by=identity.actor_id
        )  # fmt: skip
