"""`/messages/{id}` after it was sent: edited, deleted, reacted to, pinned, and what it said before."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.api.chats import JSON
from besedka.kernel.conversations.deps import find_message
from besedka.kernel.conversations.schemas import MessageRead, MessageUpdate, RevisionRead
from besedka.kernel.conversations.types import MessageId

router = APIRouter(prefix="/messages/{message}", tags=["messages"], route_class=LateRoute)

Emoji = Annotated[str, Path(max_length=32, description="One emoji.")]
Version = Annotated[
    int | None, Query(ge=1, lt=2**62, description="Only if this is still its version.")
]


@router.patch("", response_model=MessageRead, responses=problems(401, 403, 404, 409, 422))
async def edit_message(
    message: UUID, body: MessageUpdate, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:
    """Change what I wrote. 409 `message_changed` when `mod` is not its version any more."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.edit_message(
            runtime, conn, MessageId(message), caller=identity, body=body.body, mod=body.mod
        )
    return Response(service.message_bytes(changed), media_type=JSON)


@router.delete("", status_code=204, responses=problems(401, 403, 404, 409, 422))
async def delete_message(
    message: UUID, identity: CurrentIdentity, runtime: CurrentRuntime, mod: Version = None
) -> None:
    """Delete what I wrote, or as the chat's owner or an administrator what anybody wrote; its place stays."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_message(runtime, conn, MessageId(message), caller=identity, mod=mod)


@router.get("/revisions", responses=problems(401, 404))
async def list_revisions(
    message: UUID, identity: CurrentIdentity, runtime: CurrentRuntime
) -> list[RevisionRead]:
    """List what a message said before its edits, the first words first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await find_message(conn, identity, message)
        revisions = await service.list_revisions(conn, found)
    return [
        RevisionRead(
            number=each.number, body=each.body, html=service.render(each.body, sender=found.sender.kind),
            written_at=each.written_at,
        )
        for each in revisions
    ]  # fmt: skip


@router.put(
    "/reactions/{emoji}", response_model=MessageRead, responses=problems(401, 403, 404, 409, 422)
)
async def add_reaction(
    message: UUID, emoji: Emoji, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:
    """React to a message; reacting so again changes nothing."""
    return await _react(runtime, identity, message, emoji=emoji, on=True)


@router.delete(
    "/reactions/{emoji}", response_model=MessageRead, responses=problems(401, 403, 404, 409, 422)
)
async def remove_reaction(
    message: UUID, emoji: Emoji, identity: CurrentIdentity, runtime: CurrentRuntime
) -> Response:
    """Take my reaction back."""
    return await _react(runtime, identity, message, emoji=emoji, on=False)


async def _react(
    runtime: Runtime, identity: Identity, message: UUID, *, emoji: str, on: bool
) -> Response:
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.react(
            runtime, conn, MessageId(message), caller=identity, emoji=emoji, on=on
        )
    return Response(service.message_bytes(changed), media_type=JSON)


@router.put("/pin", response_model=MessageRead, responses=problems(401, 403, 404, 409, 422))
async def pin(message: UUID, identity: CurrentIdentity, runtime: CurrentRuntime) -> Response:
    """Pin a message for everybody who sees it."""
    return await _pin(runtime, identity, message, on=True)


@router.delete("/pin", response_model=MessageRead, responses=problems(401, 403, 404, 409, 422))
async def unpin(message: UUID, identity: CurrentIdentity, runtime: CurrentRuntime) -> Response:
    """Unpin a message."""
    return await _pin(runtime, identity, message, on=False)


async def _pin(runtime: Runtime, identity: Identity, message: UUID, *, on: bool) -> Response:
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.pin_message(
            runtime, conn, MessageId(message), caller=identity, on=on
        )
    return Response(service.message_bytes(changed), media_type=JSON)
