"""Money in, held, spent, given and given back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from besedka.core.errors import IdempotencyKeyReused, NotFound
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.ledger import service
from besedka.kernel.ledger.errors import (
    AmountInvalid,
    BalanceShort,
    CaptureAboveHold,
    CurrencyDiffers,
    HoldEnded,
    HoldNotFound,
    NotRefundable,
    PriceInvalid,
    PriceUnknown,
    RefundTooLarge,
    TransactionNotFound,
)
from besedka.kernel.ledger.types import (
    MOST,
    Balance,
    Currency,
    HoldId,
    HoldState,
    Line,
    TransactionId,
    TransactionKind,
    Usage,
)
from tests.kernel.ledger.purse import HOUR, make_purse


def left(balance: int, held: int = 0) -> Balance:
    return Balance(currency=Currency.RUB, balance=balance, held=held)


async def test_workspace_without_money_has_nothing_in_no_currency(runtime: Runtime) -> None:
    purse = await make_purse(runtime)
    assert await purse.balance() == Balance()
    with pytest.raises(BalanceShort) as refused:
        await purse.hold(1)
    assert (refused.value.status, refused.value.params) == (402, {"available": 0, "needed": 1})


async def test_held_money_is_not_available_and_the_rest_comes_back(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(600)
    assert await purse.balance() == left(1000, 600)
    with pytest.raises(BalanceShort):
        await purse.hold(401)
    charge = await purse.capture(held.id, 250)
    assert await purse.balance() == left(750)
    (found,) = await purse.transactions(TransactionKind.USAGE)
    assert (found.id, found.amount) == (charge, -250)
    assert found.meta["lines"] == [
        {"unit": "token", "quantity": 250, "price_per_million": "1000000"}
    ]


async def test_capture_above_the_hold_is_refused_and_changes_nothing(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(100)
    with pytest.raises(CaptureAboveHold):
        await purse.capture(held.id, 101)
    assert await purse.balance() == left(1000, 100)


async def test_use_that_was_free_is_written_down_without_entries(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    await purse.capture((await purse.hold(100)).id, 0)
    assert [t.amount for t in await purse.transactions(TransactionKind.USAGE)] == [0]
    assert await purse.balance() == left(1000)


async def test_hold_again_with_its_key_is_the_same_hold(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    first = await purse.hold(600, key="a")
    assert await purse.hold(600, key="a") == first
    with pytest.raises(IdempotencyKeyReused):
        await purse.hold(500, key="a")
    await purse.capture(first.id, 600)
    assert (await purse.hold(600, key="a")).state is HoldState.CAPTURED
    assert await purse.balance() == left(400)


async def test_capture_again_is_the_same_charge_and_another_amount_is_refused(
    runtime: Runtime,
) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(600)
    charge = await purse.capture(held.id, 500)
    assert await purse.capture(held.id, 500) == charge
    with pytest.raises(HoldEnded):
        await purse.capture(held.id, 400)
    with pytest.raises(HoldEnded):
        await purse.release(held.id)
    assert await purse.balance() == left(500)


async def test_released_hold_gives_everything_back_once(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(600)
    await purse.release(held.id)
    await purse.release(held.id)
    assert await purse.balance() == left(1000)
    with pytest.raises(HoldEnded):
        await purse.capture(held.id, 1)


async def test_expired_hold_is_freed_and_a_renewed_one_is_not(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    lost, kept = await purse.hold(300), await purse.hold(200)
    for each in (lost, kept):
        await purse.let_hold_expire(each.id)
    async with runtime.db.fast.acquire(purse.id) as conn:
        await service.renew(conn, kept.id, lasts=HOUR)
    async with runtime.db.system.acquire() as system:
        assert await service.expire_holds(system) >= 1
    assert await purse.balance() == left(1000, 200)
    with pytest.raises(HoldEnded):
        await purse.capture(lost.id, 1)
    async with runtime.db.fast.acquire(purse.id) as conn:
        with pytest.raises(HoldEnded):
            await service.renew(conn, lost.id)
    await purse.capture(kept.id, 200)


async def test_hold_that_ended_long_ago_is_forgotten(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(300)
    await purse.capture(held.id, 300)
    async with runtime.db.system.acquire() as system:
        await system.execute(
            "UPDATE ledger_hold SET ended_at = now() - interval '31 days' WHERE id = $1", held.id
        )
        await service.expire_holds(system)
    with pytest.raises(HoldNotFound):
        await purse.release(held.id)


async def test_what_expires_first_is_spent_first(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    await purse.give(200, lasts=timedelta(days=2))
    await purse.give(100, lasts=timedelta(days=1), kind=TransactionKind.TRIAL)
    await purse.give(50, lasts=None, kind=TransactionKind.REFERRAL)
    await purse.spend(150)
    assert await purse.remaining() == [0, 150]
    await purse.spend(400)
    assert await purse.remaining() == [0, 0]
    assert await purse.balance() == left(800)
    spent = (await purse.transactions(TransactionKind.USAGE))[1].meta["grants"]
    assert isinstance(spent, list)
    assert [part["amount"] for part in spent if isinstance(part, dict)] == [100, 50]


async def test_expired_rest_is_taken_back(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    grant = await purse.give(200)
    await purse.spend(50)
    await purse.let_expire(grant.id)
    assert await service.take_back_expired(runtime) >= 1
    (taken,) = await purse.transactions(TransactionKind.EXPIRY)
    assert taken.amount == -150
    assert await purse.balance() == left(1000)
    assert await purse.remaining() == [0]


async def test_expired_money_cannot_be_held_before_the_job_has_come(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 100)
    grant = await purse.give(200)
    await purse.let_expire(grant.id)
    with pytest.raises(BalanceShort) as refused:
        await purse.hold(101)
    assert refused.value.params == {"available": 100, "needed": 101}
    await purse.hold(100)


async def test_expired_money_under_a_hold_stays_until_the_hold_ends(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 100)
    grant = await purse.give(200)
    held = await purse.hold(150)
    await purse.let_expire(grant.id)
    assert await purse.balance() == left(250, 150)
    await purse.capture(held.id, 120)
    assert await purse.balance() == left(100)
    assert await purse.remaining() == [0]


async def test_refunds_never_exceed_their_charge(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    charge = await purse.spend(600)
    await purse.refund(charge, 200)
    with pytest.raises(RefundTooLarge) as refused:
        await purse.refund(charge, 401)
    assert refused.value.params == {"left": 400}
    rest = await purse.refund(charge, key="rest")
    assert (rest.amount, rest.charge_id) == (400, charge)
    assert (await purse.refund(charge, key="rest")).id == rest.id
    with pytest.raises(RefundTooLarge):
        await purse.refund(charge)
    assert await purse.balance() == left(1000)


async def test_only_a_charge_of_this_workspace_is_refunded(runtime: Runtime) -> None:
    purse, other = await make_purse(runtime, 1000), await make_purse(runtime, 1000)
    charge = await other.spend(600)
    paid = await purse.deposit(5)
    with pytest.raises(NotRefundable):
        await purse.refund(paid.id)
    for missing in (charge, TransactionId(new_id())):
        with pytest.raises(TransactionNotFound):
            await purse.refund(missing)
    assert await other.balance() == left(400)


async def test_hold_of_another_workspace_is_not_there(runtime: Runtime) -> None:
    purse, other = await make_purse(runtime, 1000), await make_purse(runtime, 1000)
    held = await other.hold(600)
    for attempt in (purse.capture(held.id, 1), purse.release(held.id)):
        with pytest.raises(HoldNotFound):
            await attempt
    async with runtime.db.fast.acquire(purse.id) as conn:
        with pytest.raises(HoldNotFound):
            await service.renew(conn, HoldId(held.id))
    assert await other.balance() == left(1000, 600)


async def test_payment_again_with_its_key_is_booked_once(runtime: Runtime) -> None:
    purse = await make_purse(runtime)
    first = await purse.deposit(700, key="bank 1")
    assert await purse.deposit(700, key="bank 1") == first
    with pytest.raises(IdempotencyKeyReused):
        await purse.deposit(701, key="bank 1")
    assert await purse.balance() == left(700)
    async with runtime.db.fast.acquire(purse.id) as conn:
        events = await audit.list_events(conn)
    assert [event.action for event in events].count("ledger.deposit") == 1


async def test_wallet_keeps_its_currency(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 700)
    paid = service.Received(amount=5, currency=Currency.USD, key="usd")
    async with runtime.db.fast.acquire(purse.id) as conn:
        with pytest.raises(CurrencyDiffers):
            await service.deposit(conn, paid)
    assert await purse.balance() == left(700)


async def test_payment_for_no_workspace_is_refused(runtime: Runtime) -> None:
    paid = service.Received(amount=5, currency=Currency.USD, key="usd")
    async with runtime.db.fast.acquire(WorkspaceId(new_id())) as conn:
        with pytest.raises(NotFound):
            await service.deposit(conn, paid)


@pytest.mark.parametrize("amount", [0, -1, MOST + 1])
async def test_amounts_that_are_none_are_refused(runtime: Runtime, amount: int) -> None:
    purse = await make_purse(runtime, 1000)
    with pytest.raises(AmountInvalid):
        await purse.deposit(amount)
    with pytest.raises(AmountInvalid):
        await purse.hold(amount)
    assert await purse.balance() == left(1000)


@pytest.mark.parametrize(
    ("price", "error"),
    [
        (None, PriceUnknown), (Decimal("NaN"), PriceInvalid), (Decimal("sNaN"), PriceInvalid),
        (Decimal(-1), PriceInvalid), (Decimal("Infinity"), PriceInvalid), (-5, PriceInvalid),
    ],
)  # fmt: skip
async def test_price_that_is_none_refuses_and_holds_on(
    runtime: Runtime, price: Decimal | int | None, error: type[Exception]
) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(500)
    used = Usage(why="test", lines=(Line(unit="token", quantity=1, price=price),))
    async with runtime.db.fast.acquire(purse.id) as conn:
        with pytest.raises(error):
            await service.capture(conn, held.id, usage=used)
    assert await purse.balance() == left(1000, 500)


def test_cost_is_exact_and_rounded_up_once() -> None:
    third = Line(unit="token", quantity=1, price=Decimal("333333.4"))
    assert service.cost_of([third]) == 1
    assert service.cost_of([third, third, third]) == 2
    assert service.cost_of([]) == 0
    assert service.cost_of([Line(unit="token", quantity=2_000_000, price=150_000)]) == 300_000
    with pytest.raises(AmountInvalid):
        service.cost_of([Line(unit="token", quantity=10**15, price=10**15)])
    with pytest.raises(AmountInvalid):
        service.cost_of([Line(unit="token", quantity=-1, price=1)])


def test_micro_units_are_shown_as_decimals() -> None:
    shown = [service.decimal_text(n) for n in (0, 1, -1, 1_500_000, -12_345_678, 10**15)]
    assert shown == ["0.00", "0.000001", "-0.000001", "1.50", "-12.345678", "1000000000.00"]


def test_nothing_is_charged_unless_billing_is_on(runtime: Runtime) -> None:
    assert not service.enabled(runtime.settings)
    assert service.enabled(runtime.settings.model_copy(update={"billing": True}))


async def test_wallet_that_does_not_add_up_is_found_and_recorded(runtime: Runtime) -> None:
    purse, sound = await make_purse(runtime, 1000), await make_purse(runtime, 1000)
    await sound.hold(5)
    await sound.give(7)
    async with runtime.db.fast.acquire(purse.id) as conn:
        await conn.execute(
            "UPDATE ledger_account SET balance = balance + 1 WHERE workspace_id = $1 AND kind = 'wallet'",
            purse.id,
        )
    assert await service.check(runtime) >= 1
    actions = []
    for each in (purse, sound):
        async with runtime.db.fast.acquire(each.id) as conn:
            actions.append([event.action for event in await audit.list_events(conn)])
    assert "ledger.mismatch" in actions[0]
    assert "ledger.mismatch" not in actions[1]
