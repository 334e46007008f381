"""Paying in: begun here, paid at the provider's, booked once when the provider says so.

No event and no page decides that money came: the provider is asked, and its answer is held against what was wanted. So the
same event twice, events out of order and invented ones come to nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.i18n import text
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Identity
from besedka.kernel.audit import service as audit
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.errors import CurrencyDiffers
from besedka.kernel.ledger.types import MICRO, Currency
from besedka.products.wallet.errors import AmountUneven, NoGateway, PaymentNotFound
from besedka.products.wallet.gateways.amounts import HUNDREDTH
from besedka.products.wallet.gateways.choosing import gateways, get_gateway
from besedka.products.wallet.gateways.port import Gateway, Order
from besedka.products.wallet.repository import PaymentRepository, SystemPayments
from besedka.products.wallet.types import (
    MOST_PAID,
    OPEN,
    PAGE,
    Found,
    FoundState,
    GatewayKind,
    NewPayment,
    Payment,
    PaymentId,
    PaymentState,
)

log = structlog.get_logger(__name__)

YOUNGEST = timedelta(minutes=1)
OLDEST = timedelta(days=7)
"""How long a provider is asked what became of a payment; theirs are over within a day or two."""
GONE_AFTER = timedelta(minutes=10)
"""After which a payment that never got to its provider is given up."""
AT_ONCE = 100


async def start_payment(
    runtime: Runtime, identity: Identity, wanted: NewPayment, *, locale: str
) -> Payment:
    """Begin a payment; the payer goes on at its `url`.

    Raises AmountUneven, NoGateway, CurrencyDiffers, GatewayRefused, GatewayAway, OutgoingError.
    """
    if wanted.amount % HUNDREDTH or not MICRO <= wanted.amount <= MOST_PAID:
        raise AmountUneven(field="amount_micro", least=MICRO // MICRO, most=MOST_PAID // MICRO)
    place = identity.workspace_id
    async with runtime.db.fast.transaction(place) as conn:
        gateway, currency = _choose(runtime, wanted, (await ledger.balance(conn)).currency)
        payment = _drawn(gateway, wanted.amount, currency, actor=identity.actor_id)
        await PaymentRepository(conn).add(payment)
        workspace = await accounts.get_workspace(conn)
    order = Order(
        key=str(payment.id), amount=payment.amount, currency=currency,
        title=text(locale, "wallet.order_title", name=workspace.name), email=identity.email,
        back=f"{runtime.settings.base_url}/w/{workspace.slug}{PAGE}/payments/{payment.id}",
    )  # fmt: skip
    await _begin(runtime, place, gateway, order, payment)
    async with runtime.db.fast.acquire(place) as conn:
        return await get_payment(conn, payment.id)


def _choose(runtime: Runtime, wanted: NewPayment, has: Currency | None) -> tuple[Gateway, Currency]:
    """Return who takes the payment, and in what. Raises NoGateway, CurrencyDiffers."""
    if has is not None and wanted.currency not in (None, has):
        raise CurrencyDiffers(currency=has)
    currency = has or wanted.currency
    for each in gateways(runtime):
        if wanted.gateway in (None, each.kind) and currency in (None, *each.currencies):
            return each, currency or each.currencies[0]
    raise NoGateway


def _drawn(gateway: Gateway, amount: int, currency: Currency, *, actor: ActorId) -> Payment:
    return Payment(
        id=PaymentId(new_id()), gateway=gateway.kind, amount=amount, currency=currency,
        state=PaymentState.NEW, actor_id=actor, reference=None, charge=None, url="", transaction_id=None,
        returned=0, created_at=now(),
    )  # fmt: skip


async def _begin(
    runtime: Runtime, place: WorkspaceId, gateway: Gateway, order: Order, payment: Payment
) -> None:
    try:
        taken = await gateway.create(order)
    except BesedkaError:
        async with runtime.db.fast.transaction(place) as conn:
            await PaymentRepository(conn).end(payment.id, PaymentState.FAILED)
        raise
    async with runtime.db.fast.transaction(place) as conn:
        await PaymentRepository(conn).begin(payment.id, reference=taken.reference, url=taken.url)
        await audit.record(
            conn, actor_id=payment.actor_id, action="wallet.payment", target_type="ledger_payment",
            target_id=payment.id, detail={"amount": payment.amount, "gateway": payment.gateway},
        )  # fmt: skip


async def get_payment(conn: TenantConn, payment: UUID) -> Payment:
    """Return a payment. Raises PaymentNotFound."""
    found = await PaymentRepository(conn).find(payment)
    if found is None:
        raise PaymentNotFound
    return found


async def list_payments(
    conn: TenantConn, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Payment]:
    """Return payments, newest first."""
    return await PaymentRepository(conn).page(before=before, limit=limit)


async def settle(runtime: Runtime, workspace: WorkspaceId, payment_id: UUID) -> Payment:
    """Ask the provider what became of a payment, and book it if it was made; one that is over is left as it is.

    Raises PaymentNotFound, NoGateway, GatewayRefused, GatewayAway, OutgoingError.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        payment = await get_payment(conn, payment_id)
    if payment.reference is None or payment.state in (PaymentState.PAID, PaymentState.DIFFERS):
        return payment
    found = await get_gateway(runtime, payment.gateway).find(payment.reference)
    async with runtime.db.fast.transaction(workspace) as conn:
        locked = await PaymentRepository(conn).lock(payment_id)
        if locked is not None and locked.state not in (PaymentState.PAID, PaymentState.DIFFERS):
            await _apply(conn, locked, found)
        return await get_payment(conn, payment_id)


async def _apply(conn: TenantConn, payment: Payment, found: Found) -> None:
    payments = PaymentRepository(conn)
    if found.state is FoundState.CANCELED and payment.state in OPEN:
        await payments.end(payment.id, PaymentState.CANCELED)
    if found.state is not FoundState.PAID:
        return
    if (found.amount, found.currency) != (payment.amount, payment.currency):
        await _report(conn, payment, found)
        return
    try:
        booked = await ledger.deposit(
            conn,
            ledger.Received(
                amount=payment.amount, currency=payment.currency, key=f"payment:{payment.id}",
                actor_id=payment.actor_id, meta={"gateway": payment.gateway, "payment": str(payment.id)},
            ),
        )  # fmt: skip
    except CurrencyDiffers:
        await _report(conn, payment, found)
        return
    await payments.pay(payment.id, charge=found.charge, transaction=booked.id)


async def _report(conn: TenantConn, payment: Payment, found: Found) -> None:
    """Book nothing where the provider took something else than was wanted: a person has to look at it."""
    await PaymentRepository(conn).end(payment.id, PaymentState.DIFFERS)
    log.error(
        "a payment differs from what was wanted", payment=str(payment.id), amount=found.amount
    )
    await audit.record(
        conn, actor_id=None, action="wallet.differs", target_type="ledger_payment", target_id=payment.id,
        detail={"amount": found.amount, "currency": found.currency, "wanted": payment.amount},
    )  # fmt: skip


async def hear(
    runtime: Runtime, kind: GatewayKind, *, headers: Mapping[str, str], body: bytes
) -> None:
    """Take a provider's event: look after the payment that it is about; one that is about none of ours is left alone.

    Raises NoGateway, EventForged, EventUnreadable, and what `settle` raises, so that the provider tells it again.
    """
    reference = get_gateway(runtime, kind).read_event(headers, body)
    if not reference:
        return
    async with runtime.db.system.acquire() as conn:
        known = await SystemPayments(conn).find(kind, reference)
    if known is not None:
        await settle(runtime, *known)


async def settle_open(runtime: Runtime) -> int:
    """Ask after the payments of which nobody told us anything; return how many were asked after."""
    async with runtime.db.system.transaction() as conn:
        due = await SystemPayments(conn).take_open(youngest=YOUNGEST, oldest=OLDEST, limit=AT_ONCE)
    for workspace, payment in due:
        try:
            found = await settle(runtime, workspace, payment)
            if found.state is PaymentState.NEW and now() - found.created_at > GONE_AFTER:
                async with runtime.db.fast.transaction(workspace) as tenant:
                    await PaymentRepository(tenant).end(payment, PaymentState.FAILED)
        except BesedkaError as error:
            log.warning("a payment could not be asked after", payment=str(payment), code=error.code)
    return len(due)
