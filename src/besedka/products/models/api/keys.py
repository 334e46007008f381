"""`/llm/key`: one's own provider of models in a workspace; its key pays for one's own chats."""

from typing import Annotated

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import ACT, Identity
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import NoProvider
from besedka.products.models.api.servers import shown_call
from besedka.products.models.schemas import CallRead, KeyRead, KeyWrite
from besedka.products.models.service import shown_key

router = APIRouter(prefix="/llm/key", tags=["models"], route_class=KeyedRoute)

Person = Annotated[Identity, Depends(require(ACT))]


@router.get("", summary="My own provider", responses=problems(401, 403, 404))
async def read_key(runtime: CurrentRuntime, identity: Person) -> KeyRead:
    """Show one's own provider without its key, and whose key pays one's chats by default."""
    return await shown_key(runtime, identity)


@router.put("", summary="Set my own provider", responses=problems(401, 403, 404, 422))
async def save_key(body: KeyWrite, runtime: CurrentRuntime, identity: Person) -> KeyRead:
    """Have one's own key pay for one's own chats in this workspace: nothing is charged for them. Try it with `POST /llm/key/test`."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.set_provider(runtime, conn, body.wanted(), person=identity.actor_id)
    return await shown_key(runtime, identity)


@router.delete(
    "", status_code=204, summary="Forget my own provider", responses=problems(401, 403, 404)
)
async def delete_key(runtime: CurrentRuntime, identity: Person) -> None:
    """Forget one's own provider and its key."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.delete_provider(conn, person=identity.actor_id)


@router.post("/test", summary="Call my own provider once", responses=problems(401, 403, 404, 409))
async def test_key(runtime: CurrentRuntime, identity: Person, locale: CurrentLocale) -> CallRead:
    """Call the model of one's own provider once, and say how that went. 409 `no_provider` where there is none."""
    tested = await llm.test_own_key(runtime, identity.workspace_id, person=identity.actor_id)
    if tested is None:
        raise NoProvider
    return shown_call(tested.answers, locale)
