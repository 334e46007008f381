"""Settings: the wallet: what there is, what it went on, limits, and paying in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated
from uuid import UUID

from babel import dates, numbers
from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.ids import ActorId
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.hours.deps import PeriodQuery, WantedPeriod
from besedka.kernel.hours.types import PERIODS
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.errors import AmountInvalid
from besedka.kernel.ledger.types import BALANCE_MANAGE, BALANCE_READ, MICRO, MOST, LimitPeriod
from besedka.products.wallet import service
from besedka.products.wallet.gateways.choosing import gateways
from besedka.products.wallet.statements import about
from besedka.products.wallet.types import OPEN, PAGE, GatewayKind, NewPayment, Payment, Spending
from besedka.web import charts, render

router = APIRouter(prefix=PAGE, route_class=LateRoute)

ROWS = 30
SERIES = ("alone", "more", "third")
REST = "rest"
PLACES = "#,##0.####"

Reader = Annotated[Identity, Depends(require_on_page(BALANCE_READ))]
Manager = Annotated[Identity, Depends(require_on_page(BALANCE_MANAGE))]
Words = Annotated[str, Form(max_length=40)]


@router.get("")
async def show_wallet(request: Request, identity: Reader, wanted: WantedPeriod) -> Response:
    """Show what there is, what it went on, and what limits hold."""
    return await _wallet(request, identity, wanted)


async def _wallet(
    request: Request, identity: Identity, wanted: PeriodQuery, *, failure: BesedkaError | None = None,
    field: str = "", typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Show the page; a refused form says what is wrong at `field` and keeps what was typed."""
    runtime, locale = get_runtime(request), locale_of(request)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await wanted.find(conn)
        found = await service.spending(conn, period)
        rows = await ledger.list_transactions(conn, limit=ROWS)
        shown = {
            "balance": await ledger.balance(conn), "short": await service.shortness(conn),
            "limits": await ledger.list_limits(conn), "people": await accounts.people(conn),
            "payments": [each for each in await service.list_payments(conn, limit=10) if each.state in OPEN],
        }  # fmt: skip
    models = _models(found)
    return await render.page(
        request, "wallet/wallet.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        wanted=wanted, periods=PERIODS, period=period, found=found, models=models, names=_names(models),
        chart=charts.stacked(_columns(found, models, locale=locale), spell=partial(_axis, locale)),
        rows=rows, about=about, gateways=gateways(runtime), charged=ledger.enabled(runtime.settings),
        limit_periods=list(LimitPeriod), most_rows=ROWS,
        errors={field: words_of(locale, failure)} if failure else {}, typed=typed or {}, **shown,
    )  # fmt: skip


def _models(found: Spending) -> list[tuple[str, int, int]]:
    """Return each model with what it came to and its calls, the dearest first."""
    amounts: dict[str, int] = defaultdict(int)
    calls: dict[str, int] = defaultdict(int)
    for each in found.spent:
        amounts[each.model] += each.amount
        calls[each.model] += each.calls
    return sorted(
        ((name, amount, calls[name]) for name, amount in amounts.items()),
        key=lambda row: (-row[1], row[0]),
    )


def _names(models: Sequence[tuple[str, int, int]]) -> list[tuple[str, str]]:
    """Return the series of the chart with the models that they stand for; "" for all others."""
    named = [(kind, row[0]) for kind, row in zip(SERIES, models, strict=False)]
    return [*named, (REST, "")] if len(models) > len(SERIES) else named


def _columns(
    found: Spending, models: Sequence[tuple[str, int, int]], *, locale: str
) -> list[charts.Column]:
    """Return the days as columns: the dearest models, and the rest."""
    kinds = {row[0]: kind for kind, row in zip(SERIES, models, strict=False)}
    days: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*SERIES, REST), 0))
    for each in found.spent:
        days[each.day][kinds.get(each.model, REST)] += max(each.amount, 0)
    columns = []
    for place in range(found.period.days):
        day = found.period.first + timedelta(days=place)
        parts = days[day]
        total = numbers.format_decimal(Decimal(sum(parts.values())) / MICRO, PLACES, locale)
        title = f"{dates.format_date(day, 'medium', locale=locale)}: {total} {found.currency or ''}"
        label = dates.format_skeleton("MMMd", day, locale=locale)
        columns.append(charts.Column(label, title.strip(), tuple(parts.items())))
    return columns


def _axis(locale: str, micro: int) -> str:
    return numbers.format_decimal(Decimal(micro) / MICRO, PLACES, locale=locale)


@router.get("/transactions")
async def show_transactions(
    request: Request, runtime: CurrentRuntime, identity: Reader, before: UUID | None = None
) -> Response:
    """Show all that happened to the balance, newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        rows = await ledger.list_transactions(conn, before=before, limit=ROWS)
        balance = await ledger.balance(conn)
    more = f"{PAGE}/transactions?before={rows[-1].id}" if len(rows) == ROWS else ""
    return await render.page(
        request, "wallet/transactions.html", here_tab=PAGE, path=PAGE, rows=rows, about=about, balance=balance, more=more,
    )  # fmt: skip


@router.post("/payments")
async def pay(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale, amount: Words = "",
    gateway: Annotated[GatewayKind | None, Form()] = None,
) -> Response:  # fmt: skip
    """Begin a payment, and show where it is paid."""
    try:
        wanted = NewPayment(amount=_micro(amount), gateway=gateway)
        made = await service.start_payment(runtime, identity, wanted, locale=locale)
    except BesedkaError as error:
        typed = {"amount": amount, "gateway": gateway.value if gateway else ""}
        return await _wallet(request, identity, PeriodQuery(), failure=error, field="amount", typed=typed)  # fmt: skip
    return render.redirect(request, f"{PAGE}/payments/{made.id}")


@router.get("/payments/{payment_id}")
async def show_payment(
    request: Request, runtime: CurrentRuntime, identity: Reader, payment_id: UUID
) -> Response:
    """Show what became of a payment; the payer comes back to this page."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        payment = await service.get_payment(conn, payment_id)
    return await _payment(request, payment)


@router.post("/payments/{payment_id}/check")
async def check_payment(
    request: Request, runtime: CurrentRuntime, identity: Manager, payment_id: UUID
) -> Response:
    """Ask the provider what became of a payment."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        payment = await service.get_payment(conn, payment_id)
    try:
        payment = await service.settle(runtime, identity.workspace_id, payment_id)
    except BesedkaError as error:
        return await _payment(request, payment, failure=error)
    return render.redirect(request, f"{PAGE}/payments/{payment.id}")


async def _payment(
    request: Request, payment: Payment, failure: BesedkaError | None = None
) -> Response:
    is_open = payment.state in OPEN
    return await render.page(
        request, "wallet/payment.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        payment=payment, is_open=is_open, leads_away=payment.url.startswith(("https://", "http://127.0.0.1:")),
        failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip


@router.post("/limits")
async def set_limit(
    request: Request, runtime: CurrentRuntime, identity: Manager, period: Annotated[LimitPeriod, Form()],
    actor: Annotated[UUID | None, Form()] = None, amount: Words = "",
) -> Response:  # fmt: skip
    """Set a limit, or take it away."""
    try:
        micro = _micro(amount) if amount.strip() else None
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await ledger.set_limit(
                conn, period, actor=None if actor is None else ActorId(actor), amount=micro, by=identity.actor_id
            )  # fmt: skip
    except BesedkaError as error:
        typed = {"limit": amount, "actor": str(actor or ""), "period": period.value}
        return await _wallet(request, identity, PeriodQuery(), failure=error, field="limit", typed=typed)  # fmt: skip
    return render.redirect(request, PAGE, flash="wallet.saved")


@router.post("/warning")
async def warn(
    request: Request, runtime: CurrentRuntime, identity: Manager, below: Words = ""
) -> Response:
    """Choose when one is told that the balance gets short."""
    try:
        micro = _micro(below, least=0) if below.strip() else None
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await service.warn_below(conn, micro)
    except BesedkaError as error:
        typed = {"below": below}
        return await _wallet(request, identity, PeriodQuery(), failure=error, field="below", typed=typed)  # fmt: skip
    return render.redirect(request, PAGE, flash="wallet.saved")


def _micro(words: str, *, least: int = 1) -> int:
    """Return an amount as people write it, in micro-units. Raises AmountInvalid."""
    plain = "".join(words.split()).replace(",", ".")
    try:
        exact = Decimal(plain).scaleb(6)
    except InvalidOperation as error:
        raise AmountInvalid(field="amount", most=MOST) from error
    if not exact.is_finite() or exact != exact.to_integral_value() or not least <= exact <= MOST:
        raise AmountInvalid(field="amount", most=MOST)
    return int(exact)
