"""JSON of the inbox: `/dialogs`, and `/handoff` for what moves a dialog between the assistant and people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.pagination import Limit, add_next
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    STAFF_READS,
    STAFF_WRITES,
    DialogState,
    Visibility,
)
from besedka.products.inbox import service
from besedka.products.inbox.schemas import DialogRead, MessageRead, ReplyCreate

router = APIRouter(tags=["inbox"])

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Writer = Annotated[Identity, Depends(require(STAFF_WRITES))]
JSON = "application/json"


@router.get("/dialogs", response_model=list[DialogRead], summary="Dialogs, the newest first")
async def list_dialogs(  # noqa: PLR0913 - each is a filter of the list
    request: Request, response: Response, runtime: CurrentRuntime, identity: Reader, limit: Limit = 50,
    state: DialogState | None = None, mine: bool = False, cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:  # fmt: skip
    """List the workspace's dialogs: those of a state, or only those that I have."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        page = await conversations.list_dialogs(
            conn,
            state=state,
            assignee_id=identity.actor_id if mine else None,
            cursor=cursor,
            limit=limit,
        )
    answer = Response(conversations.summaries_bytes(page.rows), media_type=JSON)
    add_next(request, answer, {"cursor": page.cursor} if page.cursor else None)
    return answer


@router.get("/dialogs/{dialog_id}", response_model=DialogRead, summary="One dialog")
async def read_dialog(dialog_id: UUID, runtime: CurrentRuntime, identity: Reader) -> Response:
    """Return a dialog as the list shows it."""
    return await _shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/reply",
    status_code=201,
    response_model=MessageRead,
    summary="Reply, taking the dialog over",
)
async def reply(
    dialog_id: UUID, body: ReplyCreate, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Reply to the visitor. 409 `dialog_taken` when somebody else has the dialog; nothing is sent then."""
    message = await service.reply(
        runtime, identity.workspace_id,
        service.Reply(
            dialog_id=dialog_id, person=identity.actor_id, key=body.key, body=body.body,
            visibility=Visibility(body.visibility), force=body.take,
        ),
    )  # fmt: skip
    return Response(conversations.message_bytes(message), 201, media_type=JSON)


@router.post("/dialogs/{dialog_id}/resolve", response_model=DialogRead, summary="End a dialog")
async def resolve(dialog_id: UUID, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Mark a dialog as resolved."""
    await service.resolve(runtime, identity.workspace_id, dialog_id)
    return await _shown(runtime, identity, dialog_id)


@router.post("/handoff/{dialog_id}/take", response_model=DialogRead, summary="Take a dialog")
async def take(dialog_id: UUID, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Become the owner of a dialog, whoever had it."""
    await service.take(runtime, identity.workspace_id, dialog_id, identity.actor_id)
    return await _shown(runtime, identity, dialog_id)


@router.post("/handoff/{dialog_id}/return", response_model=DialogRead, summary="Give a dialog back")
async def give_back(dialog_id: UUID, runtime: CurrentRuntime, identity: Writer) -> Response:
    """Give a dialog back to the assistant."""
    await service.give_back(runtime, identity.workspace_id, dialog_id)
    return await _shown(runtime, identity, dialog_id)


@router.post("/handoff/{dialog_id}", response_model=DialogRead, summary="Call a person")
async def call_person(
    dialog_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> Response:
    """Put a dialog into the queue of people."""
    await service.call_person(
        runtime, identity.workspace_id, dialog_id, speaker=identity.actor_id, locale=locale
    )
    return await _shown(runtime, identity, dialog_id)


async def _shown(runtime: CurrentRuntime, identity: Identity, dialog_id: UUID) -> Response:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        summary = await conversations.dialog_summary(conn, conversations.conversation_id(dialog_id))
    return Response(conversations.summary_bytes(summary), media_type=JSON)
