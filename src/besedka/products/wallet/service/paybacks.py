"""Money that goes back to who paid it in: set aside first, then sent by the provider, then booked."""

from datetime import timedelta
from uuid import UUID

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.http.errors import OutgoingError
from besedka.core.i18n import DEFAULT_LOCALE, text
from besedka.core.ids import UserId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.ledger import service as ledger
from besedka.products.wallet.errors import (
    GatewayAway,
    GatewayRefused,
    PaymentNotFound,
    PaymentNotPaid,
    ReturnTooLarge,
)
from besedka.products.wallet.gateways.choosing import get_gateway
from besedka.products.wallet.gateways.port import Return
from besedka.products.wallet.repository import PaymentRepository, SystemPayments
from besedka.products.wallet.service.payments import get_payment
from besedka.products.wallet.types import Payback, PaybackId, PaybackState, Payment, PaymentState

log = structlog.get_logger(__name__)

YOUNGEST = timedelta(minutes=2)
OLDEST = timedelta(hours=20)
"""Providers know the key of a refund for a day; what is older has to be looked at by a person."""
AT_ONCE = 50


async def give_back(
    runtime: Runtime, workspace: WorkspaceId, payment_id: UUID, *, amount: int | None, note: str, host: UserId
) -> Payback:  # fmt: skip
    """Send a payment back, wholly or in part; without an amount what is left of it.

    While the provider is away the money stays set aside, and a job goes on.
    Raises PaymentNotFound, PaymentNotPaid, ReturnTooLarge, AmountInvalid, BalanceShort, NoGateway, GatewayRefused.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        payment = await PaymentRepository(conn).lock(payment_id)
        if payment is None:
            raise PaymentNotFound
        payback = await _set_aside(conn, payment, amount, note=note, host=host)
    try:
        return await finish(runtime, workspace, payback.id)
    except (GatewayAway, OutgoingError) as error:
        log.warning("money goes back later", payback=str(payback.id), code=error.code)
        return payback


async def _set_aside(
    conn: TenantConn, payment: Payment, amount: int | None, *, note: str, host: UserId
) -> Payback:
    if payment.state is not PaymentState.PAID:
        raise PaymentNotPaid(state=payment.state)
    left = payment.amount - payment.returned
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise ReturnTooLarge(left=left)
    made = PaybackId(new_id())
    held = await ledger.hold_payout(conn, wanted, key=f"payback:{made}")
    payback = Payback(
        id=made, payment_id=payment.id, hold_id=held.id, amount=wanted, state=PaybackState.NEW,
        note=note, host_id=host, created_at=now(),
    )  # fmt: skip
    await PaymentRepository(conn).add_payback(payback)
    return payback


async def finish(runtime: Runtime, workspace: WorkspaceId, payback_id: PaybackId) -> Payback:
    """Have the provider send money back, once however often it is asked, and book it.

    Raises PaymentNotFound, NoGateway, GatewayAway, OutgoingError; GatewayRefused when it never will.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        payback = await _locked(conn, payback_id)
        payment = await get_payment(conn, payback.payment_id)
        card = await accounts.get_workspace(conn)
    if payback.state is not PaybackState.NEW:
        return payback
    wanted = Return(
        key=str(payback.id), charge=payment.charge or "", amount=payback.amount, currency=payment.currency,
        email=await _payer(runtime, workspace, payment), title=text(DEFAULT_LOCALE, "wallet.order_title", name=card.name),
    )  # fmt: skip
    try:
        reference = await get_gateway(runtime, payment.gateway).give_back(wanted)
    except GatewayRefused:
        await _fail(runtime, workspace, payback_id)
        raise
    return await _book(runtime, workspace, payback_id, reference)


async def _payer(runtime: Runtime, workspace: WorkspaceId, payment: Payment) -> str:
    async with runtime.db.fast.acquire(workspace) as conn:
        people = await accounts.people(conn)
    return next((each.email for each in people if each.actor_id == payment.actor_id), "")


async def _book(
    runtime: Runtime, workspace: WorkspaceId, payback_id: PaybackId, reference: str
) -> Payback:
    async with runtime.db.fast.transaction(workspace) as conn:
        payback = await _locked(conn, payback_id)
        if payback.state is PaybackState.NEW:
            payment = await get_payment(conn, payback.payment_id)
            assert payment.transaction_id is not None
            await ledger.pay_out(
                conn, payment.transaction_id, payback.hold_id, amount=payback.amount,
                key=f"payback:{payback.id}", note=payback.note,
                meta={"gateway": payment.gateway, "payment": str(payment.id), "host": str(payback.host_id)},
            )  # fmt: skip
            await PaymentRepository(conn).end_payback(
                payback.id, PaybackState.DONE, reference=reference
            )
        return await _locked(conn, payback_id)


async def _fail(runtime: Runtime, workspace: WorkspaceId, payback_id: PaybackId) -> None:
    async with runtime.db.fast.transaction(workspace) as conn:
        payback = await _locked(conn, payback_id)
        if payback.state is PaybackState.NEW:
            await ledger.release(conn, payback.hold_id)
            await PaymentRepository(conn).end_payback(payback.id, PaybackState.FAILED)


async def _locked(conn: TenantConn, payback_id: PaybackId) -> Payback:
    found = await PaymentRepository(conn).lock_payback(payback_id)
    if found is None:
        raise PaymentNotFound
    return found


async def finish_open(runtime: Runtime) -> int:
    """Go on with the money that is still on its way back; return how many times."""
    async with runtime.db.system.acquire() as conn:
        due = await SystemPayments(conn).unfinished_paybacks(
            youngest=YOUNGEST, oldest=OLDEST, limit=AT_ONCE
        )
    for workspace, payback in due:
        try:
            await finish(runtime, workspace, payback)
        except BesedkaError as error:
            log.warning("money did not go back yet", payback=str(payback), code=error.code)
    return len(due)
