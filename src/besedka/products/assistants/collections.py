"""`/collections`: bodies of knowledge that several assistants answer from."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ
from besedka.products.assistants.schemas import (
    AssistantRead,
    CollectionsUse,
    CollectionWrite,
    LentRead,
    OwnedRead,
)
from besedka.products.assistants.sharing import list_lent

router = APIRouter(tags=["collections"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require(ASSISTANTS_MANAGE))]
Writer = Annotated[Identity, Depends(require("knowledge.write"))]


@router.get("/collections", responses=problems(401, 403), summary="Collections and who uses them")
async def list_collections(runtime: CurrentRuntime, identity: Reader) -> list[LentRead]:
    """List the workspace's collections, the oldest first, with the assistants that answer from each; at most 200."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await list_lent(conn)
    return [
        LentRead(
            **OwnedRead.model_validate(each.collection).model_dump(),
            assistant_id=None if each.owner is None else each.owner.id,
            used_by=[who.id for who in each.users],
        )
        for each in found
    ]


@router.post(
    "/collections",
    status_code=201,
    responses=problems(401, 403, 409, 422),
    summary="Make a collection",
)
async def add_collection(
    body: CollectionWrite, runtime: CurrentRuntime, identity: Writer
) -> OwnedRead:
    """Make an empty collection that belongs to no assistant; `PUT /assistants/{id}/collections` lets one use it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await answers.add_collection(conn, name=body.name, author=identity.actor_id)
    return OwnedRead.model_validate(made)


@router.patch(
    "/collections/{collection_id}", responses=problems(401, 403, 404, 409, 422), summary="Rename a collection"
)  # fmt: skip
async def rename_collection(
    collection_id: UUID, body: CollectionWrite, runtime: CurrentRuntime, identity: Writer
) -> OwnedRead:
    """Name a collection anew; an assistant's own one has the assistant's name."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.rename_collection(
            conn, collection_id, name=body.name, author=identity.actor_id
        )
    return OwnedRead.model_validate(changed)


@router.delete(
    "/collections/{collection_id}", status_code=204, responses=problems(401, 403, 404, 409),
    summary="Delete a collection",
)  # fmt: skip
async def delete_collection(
    collection_id: UUID, runtime: CurrentRuntime, identity: Writer, *,
    force: Annotated[bool, Query(description="Take it from the assistants that use it.")] = False,
) -> None:  # fmt: skip
    """Put all documents of a collection into the trash. One that assistants use is refused unless `force` is set."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await answers.delete_collection(conn, collection_id, author=identity.actor_id, force=force)


@router.post(
    "/collections/{collection_id}/restore", responses=problems(401, 403, 404), summary="Have a collection back"
)  # fmt: skip
async def restore_collection(
    collection_id: UUID, runtime: CurrentRuntime, identity: Writer
) -> OwnedRead:
    """Have a deleted collection back with the documents that went with it; no assistant uses it at first."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        restored = await answers.restore_collection(conn, collection_id, author=identity.actor_id)
    return OwnedRead.model_validate(restored)


@router.put(
    "/assistants/{assistant_id}/collections", responses=problems(401, 403, 404, 422),
    summary="Collections of an assistant",
)  # fmt: skip
async def use_collections(
    assistant_id: UUID, body: CollectionsUse, runtime: CurrentRuntime, identity: Manager
) -> AssistantRead:
    """Let an assistant answer from these collections beside its own, and from no others."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await answers.use_collections(
            conn, ActorId(assistant_id), body.collection_ids, author=identity.actor_id
        )
    return AssistantRead.model_validate(changed)
