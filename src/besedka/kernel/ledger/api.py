"""`/balance`: what the workspace has, what happened to it, and what hosts put in and give back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import HostIdentity, require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.ledger import service
from besedka.kernel.ledger.schemas import (
    BalanceRead,
    DepositCreate,
    RefundCreate,
    TransactionQuery,
    TransactionRead,
)
from besedka.kernel.ledger.types import (
    BALANCE_READ,
    Balance,
    Transaction,
    TransactionId,
)

router = APIRouter(prefix="/balance", tags=["balance"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(BALANCE_READ))]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key is the same deed, however often it is sent.",
    ),
]


@router.get("", responses=problems(401, 403, 404))
async def read_balance(runtime: CurrentRuntime, identity: Reader) -> BalanceRead:
    """Tell what the workspace has, what of it is held, and what can be spent."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return _balance(await service.balance(conn))


@router.get("/transactions", responses=problems(401, 403, 404, 422))
async def list_transactions(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Reader,
    query: Annotated[TransactionQuery, Query()],
) -> list[TransactionRead]:  # fmt: skip
    """List what happened to the balance, newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_transactions(
            conn, query.wanted(), before=query.before, limit=query.limit
        )
    full = len(found) == query.limit
    add_next(request, response, {"before": str(found[-1].id)} if full else None)
    return [_shown(each) for each in found]


@router.post("/deposits", status_code=201, responses=problems(401, 403, 404, 409, 422))
async def add_deposit(
    body: DepositCreate, key: Key, runtime: CurrentRuntime, identity: HostIdentity
) -> TransactionRead:
    """Book a payment that came in outside of the product; for hosts."""
    place = _place(identity, body.workspace_id)
    async with runtime.db.fast.transaction(place) as conn:
        made = await service.deposit(
            conn,
            service.Received(
                amount=body.amount_micro, currency=body.currency, key=f"deposit:{key}",
                actor_id=_actor(identity, place), note=body.note, meta=_by(identity),
            ),
        )  # fmt: skip
    return _shown(made)


@router.post(
    "/transactions/{transaction_id}/refund",
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
async def refund_charge(
    transaction_id: UUID,
    body: RefundCreate,
    key: Key,
    runtime: CurrentRuntime,
    identity: HostIdentity,
) -> TransactionRead:
    """Give a charge back, wholly or in part; for hosts."""
    place = _place(identity, body.workspace_id)
    async with runtime.db.fast.transaction(place) as conn:
        made = await service.refund(
            conn, TransactionId(transaction_id), key=f"refund:{key}", amount=body.amount_micro,
            actor_id=_actor(identity, place), note=body.note, meta=_by(identity),
        )  # fmt: skip
    return _shown(made)


def _place(identity: Identity, workspace_id: UUID | None) -> WorkspaceId:
    return identity.workspace_id if workspace_id is None else WorkspaceId(workspace_id)


def _actor(identity: Identity, place: WorkspaceId) -> ActorId | None:
    """Return the host's actor; in a workspace of others they have none."""
    return identity.actor_id if place == identity.workspace_id else None


def _by(identity: Identity) -> dict[str, str]:
    return {"host": str(identity.user_id)}


def _balance(found: Balance) -> BalanceRead:
    shown = service.decimal_text
    return BalanceRead(
        currency=found.currency, balance=shown(found.balance), held=shown(found.held),
        available=shown(found.available), balance_micro=found.balance, held_micro=found.held,
        available_micro=found.available,
    )  # fmt: skip


def _shown(found: Transaction) -> TransactionRead:
    return TransactionRead(
        id=found.id, kind=found.kind, amount=service.decimal_text(found.amount),
        amount_micro=found.amount, currency=found.currency, charge_id=found.charge_id,
        actor_id=found.actor_id, note=found.note, meta=dict(found.meta), created_at=found.created_at,
    )  # fmt: skip
