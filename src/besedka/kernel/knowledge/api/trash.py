"""`/documents/trash`: deleting sources, having them back, and what they said before."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.api.deps import Reader, Writer, shown
from besedka.kernel.knowledge.schemas import DocumentRead, VersionRead

router = APIRouter(prefix="/documents", tags=["documents"], route_class=KeyedRoute)


@router.get("/trash", responses=problems(401, 403))
async def list_trash(
    runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> list[DocumentRead]:
    """List what was deleted in the last 30 days and can be had back, the latest first; at most 200."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [shown(source, locale) for source in await service.list_trash(conn)]


@router.delete("/trash/{document_id}", status_code=204, responses=problems(401, 403, 404))
async def destroy_document(document_id: UUID, runtime: CurrentRuntime, identity: Writer) -> None:
    """Delete a source for good: its passages, their vectors, its versions and its file; a page's address is left out."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.destroy_source(conn, document_id)


@router.post("/trash/{document_id}/restore", status_code=202, responses=problems(401, 403, 404))
async def restore_document(
    document_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:
    """Take a source out of the trash; it is searchable again when its `state` is ready."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return shown(await service.restore_source(conn, document_id), locale)


@router.delete("/{document_id}", status_code=204, responses=problems(401, 403, 404))
async def delete_document(document_id: UUID, runtime: CurrentRuntime, identity: Writer) -> None:
    """Put a source, or one page of a site, into the trash: nothing of it is found any more, and no round visits it."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.delete_source(conn, document_id)


@router.get("/{document_id}/versions", responses=problems(401, 403, 404))
async def list_versions(
    document_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> list[VersionRead]:
    """List what a source said before it was read anew, the latest first; of the last 30 days, at most ten."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_versions(conn, document_id)
    return [VersionRead.model_validate(each) for each in found]


@router.post("/{document_id}/versions/{version_id}/restore", responses=problems(401, 403, 404, 409))
async def restore_version(
    document_id: UUID, version_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:  # fmt: skip
    """Let a source say again what it said; it holds until what it is read from changes."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return shown(await service.restore_version(conn, document_id, version_id), locale)
