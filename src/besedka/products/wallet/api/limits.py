"""JSON of spending limits: `/balance/limits`."""

from typing import Annotated

from fastapi import APIRouter, Depends

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import BALANCE_MANAGE, BALANCE_READ
from besedka.products.wallet.schemas import LimitRead, LimitUpdate

router = APIRouter(prefix="/balance/limits", tags=["balance"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(BALANCE_READ))]
Manager = Annotated[Identity, Depends(require(BALANCE_MANAGE))]


@router.get("", summary="Spending limits", responses=problems(401, 403))
async def list_limits(runtime: CurrentRuntime, identity: Reader) -> list[LimitRead]:
    """List the limits with what of them is gone, those of everybody together first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return [LimitRead.model_validate(each) for each in await ledger.list_limits(conn)]


@router.put("", summary="Set a spending limit", responses=problems(401, 403, 404, 422))
async def set_limit(
    body: LimitUpdate, runtime: CurrentRuntime, identity: Manager
) -> list[LimitRead]:
    """Set, change or remove (`amount_micro: null`) a limit for a day or a month: of a person, or of all together."""
    actor = None if body.actor_id is None else ActorId(body.actor_id)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await ledger.set_limit(
            conn, body.period, actor=actor, amount=body.amount_micro, by=identity.actor_id
        )
        return [LimitRead.model_validate(each) for each in await ledger.list_limits(conn)]
