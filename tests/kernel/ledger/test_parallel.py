"""Many at the same moment: nobody spends twice what is there once."""

import asyncio

from besedka.core.runtime import Runtime
from besedka.kernel.ledger.errors import RefundTooLarge
from besedka.kernel.ledger.types import Balance, Currency, TransactionKind
from tests.kernel.ledger.purse import make_purse, race_for_one

ROUNDS, SPENDERS = 4, 50


async def test_one_of_fifty_wins_a_balance_for_one(runtime: Runtime) -> None:
    assert [await race_for_one(runtime, spenders=SPENDERS) for _ in range(ROUNDS)] == [1] * ROUNDS


async def test_holds_with_one_key_at_the_same_moment_are_one_hold(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    holds = await asyncio.gather(*(purse.hold(100, key="same") for _ in range(20)))
    assert len({each.id for each in holds}) == 1
    assert (await purse.balance()).held == 100


async def test_captures_of_one_hold_at_the_same_moment_are_one_charge(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    held = await purse.hold(100)
    charges = await asyncio.gather(*(purse.capture(held.id, 60) for _ in range(20)))
    assert len(set(charges)) == 1
    assert await purse.balance() == Balance(currency=Currency.RUB, balance=940)


async def test_payments_with_one_key_at_the_same_moment_are_one_payment(runtime: Runtime) -> None:
    purse = await make_purse(runtime)
    paid = await asyncio.gather(*(purse.deposit(100, key="same") for _ in range(20)))
    assert len({each.id for each in paid}) == 1
    assert (await purse.balance()).balance == 100


async def test_refunds_at_the_same_moment_stay_below_the_charge(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    charge = await purse.spend(1000)
    results = await asyncio.gather(
        *(purse.refund(charge, 300) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(each, RefundTooLarge) for each in results) == 7
    assert (await purse.balance()).balance == 900


async def test_everything_at_once_adds_up(runtime: Runtime) -> None:
    purse = await make_purse(runtime, 1000)
    await asyncio.gather(*(purse.give(40) for _ in range(5)))
    holds = [await purse.hold(30) for _ in range(30)]
    grant = await purse.give(100)
    await purse.let_expire(grant.id)

    async def end(number: int) -> None:
        held = holds[number].id
        await (purse.release(held) if number % 3 == 0 else purse.capture(held, number))

    await asyncio.gather(
        *map(end, range(30)), *(purse.deposit(1) for _ in range(10)),
        *(purse.balance() for _ in range(10)),
    )  # fmt: skip
    spent = sum(number for number in range(30) if number % 3)
    has = await purse.balance()
    taken = -sum(t.amount for t in await purse.transactions(TransactionKind.EXPIRY))
    assert (has.balance, has.held) == (1000 + 200 + 100 + 10 - spent - taken, 0)
    assert sum(await purse.remaining()) == max(0, 300 - spent - taken)
    assert (await purse.remaining())[0] == 0
