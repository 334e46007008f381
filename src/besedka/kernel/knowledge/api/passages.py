"""`/documents/chunks`: passages of sources, one by one: looking, changing, switching off."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.api.deps import Reader, Writer, shown
from besedka.kernel.knowledge.schemas import (
    ChunkAroundRead,
    ChunkFilter,
    ChunkRead,
    ChunkUpdate,
)

router = APIRouter(prefix="/documents", tags=["documents"], route_class=KeyedRoute)


@router.get("/{document_id}/chunks", responses=problems(401, 403, 404, 422))
async def list_chunks(
    document_id: UUID, request: Request, response: Response, wanted: Annotated[ChunkFilter, Query()],
    runtime: CurrentRuntime, identity: Reader,
) -> list[ChunkRead]:  # fmt: skip
    """List a source's passages in order."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_passages(
            conn, document_id, after=wanted.after, limit=wanted.limit, holding=wanted.q, look=wanted.look
        )  # fmt: skip
    more = {"after": found[-1].ordinal} if len(found) == wanted.limit else None
    add_next(request, response, more)
    return [ChunkRead.model_validate(each) for each in found]


@router.get("/chunks/{chunk_id}", responses=problems(401, 403, 404))
async def get_chunk(
    chunk_id: UUID, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> ChunkAroundRead:
    """Show a passage with its document, and the passages before and after it."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        source, passage, around = await service.passages_around(conn, chunk_id)
    return ChunkAroundRead(
        document=shown(source, locale),
        chunk=ChunkRead.model_validate(passage),
        around=[ChunkRead.model_validate(each) for each in around],
    )


@router.patch("/chunks/{chunk_id}", responses=problems(401, 403, 404, 409, 422))
async def change_chunk(
    chunk_id: UUID, body: ChunkUpdate, runtime: CurrentRuntime, identity: Writer
) -> ChunkRead:
    """Write other words into a passage, or switch it off or on; a null text puts the document's own words back.

    Both hold at once, and stay when the document is read again, as long as it says in that place what it said.
    """
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if body.text is not None:
            await service.edit_passage(conn, chunk_id, body.text)
        elif "text" in body.model_fields_set:
            await service.undo_edit(conn, chunk_id)
        if body.is_off is not None:
            await service.switch_passage(conn, chunk_id, off=body.is_off)
        _, changed, _ = await service.passages_around(conn, chunk_id)
    return ChunkRead.model_validate(changed)
