"""`/documents/check`: what is the matter with a collection."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.api.deps import Reader, Writer, shown
from besedka.kernel.knowledge.schemas import CheckRead, CheckStart, PairRead

router = APIRouter(prefix="/documents", tags=["documents"], route_class=KeyedRoute)


@router.get("/check", responses=problems(401, 403, 404, 422))
async def check_documents(
    runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale, collection_id: UUID | None = None
) -> CheckRead:  # fmt: skip
    """Show what is the matter with a collection, the workspace's first when none is named; every list has at most 50.

    Which passages are alike is as of `checked_at`.
    """
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        collection = await service.get_collection(conn, collection_id)
        found = await service.check(conn, collection.id)
    return CheckRead(
        collection_id=collection.id, checked_at=found.checked_at, checking=found.checking,
        duplicates=[PairRead.model_validate(each) for each in found.duplicates],
        failed=[shown(each, locale) for each in found.failed],
        empty=[shown(each, locale) for each in found.empty],
        stale=[shown(each, locale) for each in found.stale],
        unfound=[shown(each, locale) for each in found.unfound],
    )  # fmt: skip


@router.post("/check", status_code=202, responses=problems(401, 403, 404, 422))
async def compare_documents(body: CheckStart, runtime: CurrentRuntime, identity: Writer) -> None:
    """Let a job compare the passages of a collection with each other."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        collection = await service.get_collection(conn, body.collection_id)
        await service.compare(conn, collection.id)
