"""`/labels`, and the labels and links of a chat."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from besedka.core.deps import CurrentRuntime
from besedka.core.pagination import Limit
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import CurrentIdentity, require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.deps import ChatPath, find_entry, reading
from besedka.kernel.conversations.schemas import (
    FoundChatRead,
    LabelCreate,
    LabelRead,
    LabelUpdate,
    LinkRead,
)
from besedka.kernel.conversations.types import STAFF_WRITES, Label

router = APIRouter(prefix="/labels", tags=["labels"], route_class=KeyedRoute)
chat_router = APIRouter(prefix="/chats/{chat}", tags=["labels"], route_class=LateRoute)
link_router = APIRouter(prefix="/links", tags=["labels"], route_class=LateRoute)

Editor = Annotated[Identity, Depends(require(STAFF_WRITES))]
EntityKind = Annotated[str, Path(max_length=40, description="A product's kind of thing.")]


def _read(label: Label) -> LabelRead:
    return LabelRead(id=label.id, name=label.name, colour=label.colour)


@router.get("", responses=problems(401))
async def list_labels(runtime: CurrentRuntime, identity: CurrentIdentity) -> list[LabelRead]:
    """List the workspace's labels by their names."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [_read(label) for label in await service.list_labels(conn)]


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
async def create_label(body: LabelCreate, runtime: CurrentRuntime, identity: Editor) -> LabelRead:
    """Make a label. 409 `label_taken` when there is one of this name."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _read(await service.create_label(conn, name=body.name, colour=body.colour))


@router.patch("/{label_id}", responses=problems(401, 403, 404, 409, 422))
async def change_label(
    label_id: UUID, body: LabelUpdate, runtime: CurrentRuntime, identity: Editor
) -> LabelRead:
    """Change a label's name or colour."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _read(await service.change_label(conn, label_id, name=body.name, colour=body.colour))


@router.delete("/{label_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_label(label_id: UUID, runtime: CurrentRuntime, identity: Editor) -> None:
    """Delete a label; it goes off all chats."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_label(runtime, conn, label_id)


@chat_router.put("/labels/{label_id}", status_code=204, responses=problems(401, 403, 404, 409))
async def label_chat(
    chat: ChatPath, label_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:
    """Put a label on a chat; everybody in it sees it, but no contact."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.label_chat(runtime, conn, entry, caller=identity, label=label_id)


@chat_router.delete("/labels/{label_id}", status_code=204, responses=problems(401, 403, 404))
async def unlabel_chat(
    chat: ChatPath, label_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:
    """Take a label off a chat."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.unlabel_chat(runtime, conn, entry, caller=identity, label=label_id)


@chat_router.get("/links", responses=problems(401, 404))
async def list_links(
    chat: ChatPath, runtime: CurrentRuntime, identity: CurrentIdentity
) -> list[LinkRead]:
    """List what a chat is about, as far as I may see it."""
    async with reading(runtime, identity, chat) as (conn, entry):
        links = await service.list_links(runtime, conn, entry, caller=identity)
    return [
        LinkRead(
            entity_type=link.entity_type,
            entity_id=link.entity_id,
            title=title,
            linked_at=link.linked_at,
        )
        for link, title in links
    ]


@chat_router.put(
    "/links/{entity_type}/{entity_id}", status_code=204, responses=problems(401, 403, 404, 409)
)
async def link_chat(
    chat: ChatPath, entity_type: EntityKind, entity_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:  # fmt: skip
    """Say that a chat is about something of a product."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.link_chat(
            runtime, conn, entry, caller=identity, entity_type=entity_type, entity=entity_id
        )


@chat_router.delete(
    "/links/{entity_type}/{entity_id}", status_code=204, responses=problems(401, 403, 404)
)
async def unlink_chat(
    chat: ChatPath, entity_type: EntityKind, entity_id: UUID, runtime: CurrentRuntime, identity: CurrentIdentity
) -> None:  # fmt: skip
    """Take that back."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await find_entry(conn, identity, chat)
        await service.unlink_chat(
            conn, entry, caller=identity, entity_type=entity_type, entity=entity_id
        )


@link_router.get("", responses=problems(401, 404, 422))
async def list_linked(
    entity_type: Annotated[str, Query(max_length=40)],
    entity_id: UUID,
    runtime: CurrentRuntime,
    identity: CurrentIdentity,
    limit: Limit = 50,
) -> list[FoundChatRead]:
    """List the chats that I may read and that are about something of a product, the last linked first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        entries = await service.list_linked(
            runtime, conn, caller=identity, entity_type=entity_type, entity=entity_id, most=limit
        )
    chats = [entry.conversation for entry in entries]
    return [FoundChatRead(id=chat.id, kind=chat.kind, title=chat.title) for chat in chats]
