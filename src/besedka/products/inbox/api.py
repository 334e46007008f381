"""JSON of the inbox: `/dialogs`, and `/handoff` for what moves a dialog between the assistant and people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    STAFF_READS,
    STAFF_WRITES,
    ConversationId,
    Visibility,
)
from besedka.products.inbox import service
from besedka.products.inbox.schemas import (
    DialogQuery,
    DialogRead,
    MessageRead,
    ReplyCreate,
    WaitingRead,
    cursor_of,
)

router = APIRouter(tags=["inbox"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Writer = Annotated[Identity, Depends(require(STAFF_WRITES))]
JSON = "application/json"


@router.get(
    "/dialogs",
    response_model=list[DialogRead],
    summary="Dialogs, the newest first",
    responses=problems(401, 403, 422),
)
async def list_dialogs(
    request: Request,
    runtime: CurrentRuntime,
    identity: Reader,
    wanted: Annotated[DialogQuery, Query()],
) -> Response:
    """List the workspace's dialogs: of a state, or all that are not resolved; those that I have, or all."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        rows = await conversations.list_dialogs(
            conn, states=(wanted.state,) if wanted.state else conversations.UNRESOLVED,
            assignee=identity.actor_id if wanted.mine else None, label=wanted.label, before=wanted.before, limit=wanted.limit,
        )  # fmt: skip
    answer = JSONResponse([conversations.summary_json(row) for row in rows])
    add_next(
        request, answer, {"cursor": cursor_of(rows[-1])} if len(rows) == wanted.limit else None
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
    return await _shown(runtime, identity, dialog_id)


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
    "/dialogs/{dialog_id}/resolve",
    response_model=DialogRead,
    summary="End a dialog",
    responses=problems(401, 403, 404, 409, 422),
)
async def resolve(dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Mark a dialog as resolved."""
    await service.resolve(runtime, identity.workspace_id, dialog_id)
    return await _shown(runtime, identity, dialog_id)


@router.post(
    "/handoff/{dialog_id}/take",
    response_model=DialogRead,
    summary="Take a dialog",
    responses=problems(401, 403, 404, 409, 422),
)
async def take(dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Become the owner of a dialog, whoever had it."""
    await service.take(runtime, identity.workspace_id, dialog_id, identity.actor_id)
    return await _shown(runtime, identity, dialog_id)


@router.post(
    "/handoff/{dialog_id}/return",
    response_model=DialogRead,
    summary="Give a dialog back",
    responses=problems(401, 403, 404, 409, 422),
)
async def give_back(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Give a dialog back to the assistant."""
    await service.give_back(runtime, identity.workspace_id, dialog_id)
    return await _shown(runtime, identity, dialog_id)


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
    return await _shown(runtime, identity, dialog_id)


async def _shown(
    runtime: CurrentRuntime, identity: Identity, dialog_id: ConversationId
) -> Response:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        summary = await conversations.dialog_summary(conn, dialog_id)
    return JSONResponse(conversations.summary_json(summary))
