"""`/chats/{id}/messages`, `/chats/{id}/changes`, `/messages/{id}`: the hot routes, answered with bytes built once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.ids import new_id
from besedka.core.pagination import Limit, next_link, read_moment
from besedka.core.routing import LateRoute, read_body, read_id, short
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity, current_identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.api.chats import JSON
from besedka.kernel.conversations.deps import ChatPath, find_message, reading, viewer_of
from besedka.kernel.conversations.schemas import POSTED, MentionRead, MessageCreate, MessageRead
from besedka.kernel.conversations.types import (
    LONGEST_KEY,
    STAFF_READS,
    STAFF_WRITES,
    ConversationId,
    Post,
)

IDEMPOTENCY = "idempotency-key"

chat_router = APIRouter(prefix="/chats/{chat}", tags=["messages"], route_class=LateRoute)
message_router = APIRouter(prefix="/messages", tags=["messages"], route_class=LateRoute)
mention_router = APIRouter(prefix="/mentions", tags=["messages"], route_class=LateRoute)

Seq = Annotated[int | None, Query(ge=0, lt=2**62)]
Unread = Annotated[bool, Query(description="Only those that I have not read.")]


@chat_router.get(
    "/messages", response_model=list[MessageRead], responses=problems(401, 404, 422)
)  # fmt: skip
async def list_messages(
    request: Request,
    chat: ChatPath,
    identity: CurrentIdentity,
    runtime: CurrentRuntime,
    limit: Limit = 50,
    before_seq: Seq = None,
    after_seq: Seq = None,
) -> Response:
    """List messages: the newest first, or with `after_seq` the oldest after a place first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        page = await service.own_page(
            conn, ConversationId(chat), actor=identity.actor_id, staff=identity.may(STAFF_READS),
            before_seq=before_seq, after_seq=after_seq, limit=limit,
        )  # fmt: skip
    response = Response(page.body, media_type=JSON)
    if page.count == limit:
        name = "before_seq" if after_seq is None else "after_seq"
        response.headers["Link"] = next_link(request, {name: page.last_seq})
    return response


async def post_shortly(request: Request) -> Response | None:
    """Take a message without the framework."""
    body, chat = await read_body(request, MessageCreate), read_id(request, "chat")
    if body is None or chat is None:
        return None
    identity = await current_identity(request)
    return await post_message(chat, body, request, identity, get_runtime(request))


@chat_router.post("/messages", status_code=201, response_model=MessageRead, responses=POSTED)
@short(post_shortly)
async def post_message(
    chat: ChatPath, body: MessageCreate, request: Request, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:  # fmt: skip
    """Post a message; sending it again with the same key gives the first one back, with 200."""
    key = body.key or request.headers.get(IDEMPOTENCY, "")[:LONGEST_KEY] or str(new_id())
    message = await service.post(
        runtime,
        Post(
            workspace_id=identity.workspace_id,
            conversation_id=ConversationId(chat),
            sender_id=identity.actor_id,
            client_key=key,
            body=body.body,
            files=tuple(body.attachments),
            visibility=body.visibility,
            reply_seq=body.reply_seq,
            staff=identity.may(STAFF_WRITES),
        ),
    )
    status = 200 if message.duplicate else 201
    return Response(service.message_bytes(message), status, media_type=JSON)


@chat_router.get("/changes", response_model=list[MessageRead], responses=problems(401, 404, 422))
async def list_changes(
    request: Request,
    chat: ChatPath,
    identity: CurrentIdentity,
    runtime: CurrentRuntime,
    since_mod: Annotated[int, Query(ge=0, lt=2**62)],
    limit: Limit = 200,
) -> Response:
    """List the messages that were posted or changed after a `mod`, in the order of their changes."""
    async with reading(runtime, identity, chat) as (conn, entry):
        messages = await service.changes_since(
            conn, entry.conversation.id, viewer=viewer_of(identity, entry), since_mod=since_mod, limit=limit
        )  # fmt: skip
    response = Response(service.messages_bytes(messages), media_type=JSON)
    response.headers["Besedka-Mod"] = str(entry.conversation.mod)
    if len(messages) == limit:
        response.headers["Link"] = next_link(request, {"since_mod": messages[-1].mod})
    return response


@chat_router.get("/pins", response_model=list[MessageRead], responses=problems(401, 404))
async def list_pins(chat: ChatPath, identity: CurrentIdentity, runtime: CurrentRuntime) -> Response:
    """List the pinned messages, the last pinned first."""
    async with reading(runtime, identity, chat) as (conn, entry):
        pins = await service.list_pins(
            conn, entry.conversation.id, viewer=viewer_of(identity, entry)
        )
    return Response(service.messages_bytes(pins), media_type=JSON)


@mention_router.get("", response_model=list[MentionRead], responses=problems(401, 422))
async def list_mentions(
    request: Request,
    identity: CurrentIdentity,
    runtime: CurrentRuntime,
    *,
    unread: Unread = False,
    limit: Limit = 50,
    before: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """List the messages that name me, the last first: all of them, or those that I have not read."""
    cursor = None if before is None else read_moment(before, field="before")
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_mentions(
            conn, identity, unread=unread, before=cursor, limit=limit
        )
    response = Response(service.mentions_bytes(found), media_type=JSON)
    if len(found) == limit:
        last = found[-1]
        response.headers["Link"] = next_link(
            request, {"before": f"{last.mentioned_at.isoformat()}~{last.message.id}"}
        )
    return response


@message_router.get("/{message}", response_model=MessageRead, responses=problems(401, 404))
async def read_message(
    message: UUID, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:
    """Show one message."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await find_message(conn, identity, message)
    return Response(service.message_bytes(found), media_type=JSON)
