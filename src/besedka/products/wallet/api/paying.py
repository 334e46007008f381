"""JSON of payments: `/balance/payments`, and where payment providers tell what happened."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime, client_address
from besedka.core.ids import WorkspaceId
from besedka.core.pagination import Limit, add_next
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import ANONYMOUS
from besedka.kernel.accounts.deps import HostIdentity, require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.ledger.types import BALANCE_MANAGE, BALANCE_READ
from besedka.products.wallet import service
from besedka.products.wallet.gateways.choosing import gateways
from besedka.products.wallet.schemas import (
    GatewayRead,
    PaybackCreate,
    PaybackRead,
    PaymentCreate,
    PaymentRead,
)
from besedka.products.wallet.types import GatewayKind, Payment

router = APIRouter(prefix="/balance", tags=["balance"], route_class=KeyedRoute)
events = APIRouter(prefix="/payments", tags=["balance"], route_class=LateRoute)

Reader = Annotated[Identity, Depends(require(BALANCE_READ))]
Payer = Annotated[Identity, Depends(require(BALANCE_MANAGE))]


@router.get("/gateways", summary="Ways to pay", responses=problems(401, 403))
async def list_gateways(runtime: CurrentRuntime, _identity: Reader) -> list[GatewayRead]:
    """List the payment providers through which the balance can be topped up; empty where the host has set up none."""
    return [GatewayRead(gateway=each.kind, currencies=list(each.currencies)) for each in gateways(runtime)]  # fmt: skip


@router.post(
    "/payments", status_code=201, summary="Top up", response_model=PaymentRead,
    responses=problems(401, 403, 409, 422, 502, 503, 504),
)  # fmt: skip
async def create_payment(
    body: PaymentCreate, runtime: CurrentRuntime, identity: Payer, locale: CurrentLocale
) -> Payment:
    """Begin a payment; the payer goes on at its `url`. The balance grows once the provider says that it was made."""
    return await service.start_payment(runtime, identity, body.wanted(), locale=locale)


@router.get(
    "/payments", summary="Payments", response_model=list[PaymentRead], responses=problems(401, 403, 422),
)  # fmt: skip
async def list_payments(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Reader,
    before: UUID | None = None, limit: Limit = 50,
) -> list[Payment]:  # fmt: skip
    """List payments, newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_payments(conn, before=before, limit=limit)
    add_next(request, response, {"before": str(found[-1].id)} if len(found) == limit else None)
    return list(found)


@router.get(
    "/payments/{payment_id}", summary="A payment", response_model=PaymentRead,
    responses=problems(401, 403, 404, 422),
)  # fmt: skip
async def read_payment(payment_id: UUID, runtime: CurrentRuntime, identity: Reader) -> Payment:
    """Return a payment, as far as it is known."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await service.get_payment(conn, payment_id)


@router.post(
    "/payments/{payment_id}/check", summary="Ask after a payment", response_model=PaymentRead,
    responses=problems(401, 403, 404, 409, 422, 502, 503, 504),
)  # fmt: skip
async def check_payment(payment_id: UUID, runtime: CurrentRuntime, identity: Payer) -> Payment:
    """Ask the provider now what became of a payment; without asking, that is noticed by itself."""
    return await service.settle(runtime, identity.workspace_id, payment_id)


@router.post(
    "/payments/{payment_id}/refund", status_code=201, summary="Send a payment back", response_model=PaybackRead,
    responses=problems(401, 402, 403, 404, 409, 422, 502),
)  # fmt: skip
async def refund_payment(
    payment_id: UUID, body: PaybackCreate, runtime: CurrentRuntime, identity: HostIdentity
) -> object:
    """Send a payment back to who paid, wholly or in part; for hosts.

    What was spent cannot go back (402 `balance_short`). The state `new` says that the provider was away: it is tried again.
    """
    place = identity.workspace_id if body.workspace_id is None else WorkspaceId(body.workspace_id)
    return await service.give_back(
        runtime, place, payment_id, amount=body.amount_micro, note=body.note, host=identity.user_id
    )


@events.post(
    "/{gateway}/events", status_code=204, summary="A payment provider's events",
    responses=problems(400, 404, 409, 422, 429, 502, 503, 504),
)  # fmt: skip
async def take_event(gateway: GatewayKind, request: Request, runtime: CurrentRuntime) -> None:
    """Take an event of a payment provider. It only makes us ask the provider what became of a payment of ours."""
    await runtime.limiter.hit(ANONYMOUS, "payments", client_address(request))
    headers = {name: value for name, value in request.headers.items() if name == "stripe-signature"}
    await service.hear(runtime, gateway, headers=headers, body=await request.body())
