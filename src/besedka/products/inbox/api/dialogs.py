"""JSON of the inbox: `/dialogs`, and `/handoff` for what moves a dialog between the assistant and people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Visibility
from besedka.products.inbox import service
from besedka.products.inbox.deps import Reader, Writer, shown
from besedka.products.inbox.schemas import (
    DialogCreate,
    DialogQuery,
    DialogRead,
    DialogUpdate,
    MessageRead,
    ReplyCreate,
    WaitingRead,
    cursor_of,
)

router = APIRouter(tags=["inbox"], route_class=KeyedRoute)

JSON = "application/json"


@router.get(
    "/dialogs",
    response_model=list[DialogRead],
    summary="Dialogs, filtered and sorted",
    responses=problems(401, 403, 422),
)
async def list_dialogs(
    request: Request,
    runtime: CurrentRuntime,
    identity: Reader,
    wanted: Annotated[DialogQuery, Query()],
) -> Response:
    """List the workspace's dialogs as filters want them; a cursor goes on below its row, whatever has moved above it."""
    rows = await service.find_dialogs(runtime, identity, wanted)
    answer = JSONResponse([conversations.summary_json(row) for row in rows])
    add_next(
        request,
        answer,
        {"cursor": cursor_of(rows[-1], wanted.order)} if len(rows) == wanted.limit else None,
    )
    return answer


@router.get("/dialogs/waiting", summary="How many wait for a person", responses=problems(401, 403))
async def count_waiting(runtime: CurrentRuntime, identity: Reader) -> WaitingRead:
    """Count the open dialogs, up to a hundred."""
    return WaitingRead(count=await service.count_waiting(runtime, identity.workspace_id))


@router.get(
    "/dialogs/{dialog_id}",
    response_model=DialogRead,
    summary="One dialog",
    responses=problems(401, 403, 404, 422),
)
async def read_dialog(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Reader
) -> Response:
    """Return a dialog as the list shows it."""
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs",
    status_code=201,
    response_model=DialogRead,
    summary="Write to a contact first",
    responses=problems(401, 403, 404, 409, 422),
)
async def start_dialog(body: DialogCreate, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Begin a dialog with a known contact by a message. 409 `dialog_exists` when one with them is unresolved."""
    dialog = await service.start(
        runtime, identity.workspace_id, contact=body.contact, person=identity.actor_id, body=body.body
    )  # fmt: skip
    return await shown(runtime, identity, dialog.id, status=201)


@router.patch(
    "/dialogs/{dialog_id}",
    response_model=DialogRead,
    summary="Say how urgent a dialog is",
    responses=problems(401, 403, 404, 422),
)
async def update_dialog(
    dialog_id: ConversationId, body: DialogUpdate, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Change a dialog's priority."""
    await service.set_priority(runtime, identity.workspace_id, dialog_id, priority=body.priority)
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/reply",
    status_code=201,
    response_model=MessageRead,
    summary="Reply, taking the dialog over",
    responses=problems(401, 403, 404, 409, 422),
)
async def reply(
    dialog_id: ConversationId, body: ReplyCreate, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Reply to the visitor. 409 `dialog_taken` when somebody else has the dialog; nothing is sent then."""
    message = await service.reply(
        runtime, identity.workspace_id,
        service.Reply(
            dialog_id=dialog_id, person=identity.actor_id, key=body.key, body=body.body,
            visibility=Visibility(body.visibility), reply_seq=body.reply_seq, files=tuple(body.attachments),
            force=body.take,
        ),
    )  # fmt: skip
    return Response(conversations.message_bytes(message), 201, media_type=JSON)


@router.post(
    "/handoff/{dialog_id}",
    response_model=DialogRead,
    summary="Call a person",
    responses=problems(401, 403, 404, 409, 422),
)
async def call_person(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> Response:
    """Put a dialog into the queue of people."""
    await service.call_person(
        runtime, identity.workspace_id, dialog_id, speaker=identity.actor_id, locale=locale
    )
    return await shown(runtime, identity, dialog_id)
