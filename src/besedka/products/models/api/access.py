"""`/model-access`: who may use which model of a workspace's."""

from typing import Annotated

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.products.models.schemas import LimitRead, LimitWrite

router = APIRouter(prefix="/model-access", tags=["models"], route_class=KeyedRoute)

MANAGE = "llm.manage"
Manager = Annotated[Identity, Depends(require(MANAGE))]


@router.get("", summary="Who may use which model", responses=problems(401, 403, 404))
async def list_limits(runtime: CurrentRuntime, identity: Manager) -> list[LimitRead]:
    """List the models that not everybody may use; all others are open to all."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [LimitRead.model_validate(each) for each in await llm.list_limits(conn)]


@router.put("", summary="Limit a model", responses=problems(401, 403, 404, 422))
async def limit_model(
    body: LimitWrite, runtime: CurrentRuntime, identity: Manager
) -> list[LimitRead]:
    """Say who may use a model in chats, by the company's key and the installation's; people's own keys are their own affair."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if body.everybody:
            await llm.open_model(conn, body.model)
        else:
            await llm.limit_model(conn, body.limited())
        return [LimitRead.model_validate(each) for each in await llm.list_limits(conn)]
