"""`/chats/{id}/threads/{seq}`: answers beside the stream, under the message that they are about."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import new_id
from besedka.core.pagination import Limit, next_link
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.api.chats import JSON
from besedka.kernel.conversations.deps import ChatPath, reading, viewer_of
from besedka.kernel.conversations.schemas import POSTED, MessageRead, ThreadMessageCreate
from besedka.kernel.conversations.types import STAFF_WRITES, ConversationId, Post, Visibility

router = APIRouter(prefix="/chats/{chat}/threads/{seq}", tags=["messages"], route_class=LateRoute)

Root = Annotated[int, Path(ge=1, lt=2**62, description="The place of the thread's first message.")]
After = Annotated[int, Query(ge=0, lt=2**62)]


@router.get("", response_model=list[MessageRead], responses=problems(401, 404, 422))
async def list_thread(
    request: Request,
    chat: ChatPath,
    seq: Root,
    identity: CurrentIdentity,
    runtime: CurrentRuntime,
    limit: Limit = 50,
    after_seq: After = 0,
) -> Response:
    """List the answers in a thread, the oldest first."""
    async with reading(runtime, identity, chat) as (conn, entry):
        viewer = viewer_of(identity, entry)
        root = await service.find_root(conn, entry.conversation.id, viewer=viewer, seq=seq)
        found = await service.list_thread(
            conn, root, viewer=viewer, after_seq=after_seq, limit=limit
        )
    response = Response(service.messages_bytes(found), media_type=JSON)
    if len(found) == limit:
        response.headers["Link"] = next_link(request, {"after_seq": found[-1].seq})
    return response


@router.post("", status_code=201, response_model=MessageRead, responses=POSTED)
async def answer_in_thread(
    chat: ChatPath, seq: Root, body: ThreadMessageCreate, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:  # fmt: skip
    """Answer in a thread; it is as public as its first message. Sending it again with its key gives 200."""
    async with reading(runtime, identity, chat) as (conn, entry):
        viewer = viewer_of(identity, entry)
        root = await service.find_root(conn, entry.conversation.id, viewer=viewer, seq=seq)
    message = await service.post(
        runtime,
        Post(
            workspace_id=identity.workspace_id, conversation_id=ConversationId(chat), sender_id=identity.actor_id,
            client_key=body.key or str(new_id()), body=body.body, files=tuple(body.attachments),
            visibility=Visibility(root.visibility), reply_seq=body.reply_seq, thread_root_seq=root.seq, staff=identity.may(STAFF_WRITES),
        ),
    )  # fmt: skip
    status = 200 if message.duplicate else 201
    return Response(service.message_bytes(message), status, media_type=JSON)
