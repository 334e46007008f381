"""JSON of the digest: `/digest`."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import PersonIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.digest import service
from besedka.products.digest.schemas import DigestRead, DigestUpdate

router = APIRouter(prefix="/digest", tags=["digest"], route_class=KeyedRoute)


@router.get("", summary="Letters about what one missed", responses=problems(401, 403))
async def get_digest(runtime: CurrentRuntime, identity: PersonIdentity) -> DigestRead:
    """Return how soon one is written to about what was missed in this workspace."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return DigestRead(pace=await service.chosen(conn, runtime.settings, identity.actor_id))


@router.patch("", summary="Choose those letters", responses=problems(401, 403, 422))
async def update_digest(
    body: DigestUpdate, runtime: CurrentRuntime, identity: PersonIdentity
) -> DigestRead:
    """Choose how soon one is written to."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.choose(conn, identity.actor_id, body.pace)
    return DigestRead(pace=body.pace)
