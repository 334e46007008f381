"""`/api-keys`: what programs call with, made and revoked by people."""

from uuid import UUID

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts import service
from besedka.kernel.accounts.deps import PersonIdentity
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.schemas import KeyCreate, KeyMade, KeyRead
from besedka.kernel.accounts.types import KeyId, NewKey

router = APIRouter(prefix="/api-keys", tags=["api-keys"], route_class=KeyedRoute)


@router.get("", responses=problems(401, 403))
async def list_keys(runtime: CurrentRuntime, identity: PersonIdentity) -> list[KeyRead]:
    """List one's API keys in the workspace, the newest first; its managers see everybody's."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [KeyRead.model_validate(each) for each in await service.list_keys(conn, identity)]


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
async def make_key(body: KeyCreate, runtime: CurrentRuntime, identity: PersonIdentity) -> KeyMade:
    """Make an API key for this workspace; the answer is the only place that shows it whole."""
    key = NewKey(
        name=body.name, scopes=body.scopes, per_minute=body.per_minute, expires_at=body.expires_at
    )
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        made = await service.make_key(conn, identity, key)
    shown = KeyRead.model_validate(made.key).model_dump()
    return KeyMade(**shown, token=made.token)


@router.delete("/{key_id}", status_code=204, responses=problems(401, 403, 404))
async def revoke_key(key_id: UUID, runtime: CurrentRuntime, identity: PersonIdentity) -> None:
    """Revoke an API key, at once: one's own, or any for those who manage the workspace."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.revoke_key(conn, identity, KeyId(key_id))
