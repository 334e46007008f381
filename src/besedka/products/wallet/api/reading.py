"""JSON of the wallet: `/balance/…`, beside what the ledger has there."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Period
from besedka.kernel.ledger.types import BALANCE_READ
from besedka.products.wallet import service
from besedka.products.wallet.schemas import DaysQuery, SpendingRead, SpentRead, StatementQuery
from besedka.products.wallet.statements import spell
from besedka.products.wallet.types import Spending

router = APIRouter(prefix="/balance", tags=["balance"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(BALANCE_READ))]


@router.get("/spending", summary="Spending by model and day", responses=problems(401, 403, 422))
async def read_spending(
    runtime: CurrentRuntime, identity: Reader, wanted: Annotated[DaysQuery, Query()]
) -> SpendingRead:
    """Return what each model came to on each day of a period; what was given back is not in it."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return _spending(await service.spending(conn, await _period(conn, wanted)))


@router.get(
    "/statement", summary="A statement as CSV", response_class=Response,
    responses={**problems(401, 403, 422), 200: {"content": {"text/csv": {}}}},
)  # fmt: skip
async def read_statement(
    runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale, wanted: Annotated[StatementQuery, Query()]
) -> Response:  # fmt: skip
    """Give all that happened to the balance during a period as CSV, eldest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await _period(conn, wanted)
        found = await service.statement(conn, period, kind=wanted.kind)
    return Response(
        spell(found, zone=period.zone, locale=locale), media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="statement-{period.first}-{period.last}.csv"',
            "Cache-Control": "no-store",
        },
    )  # fmt: skip


async def _period(conn: TenantConn, wanted: DaysQuery) -> Period:
    return await hours.choose_period(conn, days=wanted.days, first=wanted.first, last=wanted.last)


def _spending(found: Spending) -> SpendingRead:
    return SpendingRead(
        first=found.period.first, last=found.period.last, zone=found.period.zone,
        currency=found.currency, total_micro=found.total,
        spent=[
            SpentRead(day=each.day, model=each.model, calls=each.calls, amount_micro=each.amount)
            for each in found.spent
        ],
    )  # fmt: skip
