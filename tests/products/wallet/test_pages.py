"""The page of the wallet, and the letters that tell of money in time."""

from datetime import timedelta

import httpx

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import MICRO, LimitPeriod, Line, Usage
from besedka.products.wallet import service
from tests.factories import MadeWorkspace, make_person
from tests.fakes.payments import FakePayments, yookassa_event
from tests.kernel.accounts.helpers import by_cookie, cookie_of, letters_to
from tests.kernel.ledger.purse import Purse, make_purse

PAGE = "/dashboard/settings/wallet"
TEN = 10 * MICRO


async def _headers(runtime: Runtime, made: MadeWorkspace) -> dict[str, str]:
    cookie = by_cookie(await cookie_of(runtime, made.owner.email))
    return {**cookie, "Accept": "text/html", "Accept-Language": "en"}


async def _spend(purse: Purse, model: str, amount: int) -> None:
    held = await purse.hold(amount)
    lines = (Line(unit="token", quantity=amount, price=MICRO),)
    async with purse.runtime.db.fast.acquire(purse.id) as conn:
        used = Usage(why="chat", lines=lines, about={"model": model})
        await ledger.capture(conn, held.id, usage=used, actor_id=purse.workspace.owner.actor_id)


async def test_owner_tops_up_sets_a_limit_and_sees_what_money_went_on(
    gateway: FakePayments, settings: Settings, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    settings.billing = True
    purse = await make_purse(runtime)
    headers = await _headers(runtime, purse.workspace)
    empty = await client.get(PAGE, headers=headers)
    assert "No transactions yet" in empty.text
    wrong = await client.post(f"{PAGE}/payments", data={"amount": "ten"}, headers=headers)
    assert (wrong.status_code, "field__error" in wrong.text) == (422, True)
    begun = await client.post(
        f"{PAGE}/payments", data={"amount": "10,50", "gateway": "yookassa"}, headers=headers
    )
    assert begun.status_code == 303
    back = begun.headers["location"]
    waiting = await client.get(back, headers=headers)
    assert f'href="{gateway.origin}/pay"' in waiting.text
    assert 'hx-trigger="every 4s"' in waiting.text
    (reference,) = gateway.payments
    gateway.pay(reference)
    await client.post("/api/v1/payments/yookassa/events", content=yookassa_event(reference))
    paid = await client.get(back, headers=headers)
    assert "the money is on the balance" in paid.text
    assert "every 4s" not in paid.text
    for place in range(5):
        await _spend(purse, f"model-{place}", MICRO)
    limit = {"actor": "", "period": "month", "amount": "6"}
    assert (await client.post(f"{PAGE}/limits", data=limit, headers=headers)).status_code == 303
    warned = await client.post(f"{PAGE}/warning", data={"below": "7.5"}, headers=headers)
    assert warned.status_code == 303
    shown = (await client.get(PAGE, headers=headers)).text
    for words in (
        "RUB\xa05.50", "model-4", "Others", "83% of a limit is used (All together, month)", "The balance gets short",
    ):  # fmt: skip
        assert words in shown, words
    member = await make_person(runtime, purse.workspace, role=Role.MEMBER)
    cookie = by_cookie(await cookie_of(runtime, member.email))
    assert (await client.get(PAGE, headers=cookie)).status_code == 403


async def test_refused_limit_keeps_what_was_typed(
    settings: Settings, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    settings.billing = True
    purse = await make_purse(runtime)
    actor = str(purse.workspace.owner.actor_id)
    refused = await client.post(
        f"{PAGE}/limits",
        data={"actor": actor, "period": "month", "amount": "six"},
        headers=await _headers(runtime, purse.workspace),
    )
    assert (refused.status_code, 'value="six"' in refused.text) == (422, True)
    for chosen in (actor, "month"):
        assert f'<option value="{chosen}" selected>' in refused.text


async def test_people_are_told_once_of_a_limit_and_of_a_short_balance(
    settings: Settings, runtime: Runtime
) -> None:
    settings.billing = True
    purse = await make_purse(runtime, TEN)
    owner = purse.workspace.owner
    helper = await make_person(runtime, purse.workspace, role=Role.MEMBER)
    async with runtime.db.fast.transaction(purse.id) as conn:
        for actor in (None, owner.actor_id):
            await ledger.set_limit(
                conn, LimitPeriod.DAY, actor=actor, amount=TEN, by=owner.actor_id
            )
    await _spend(purse, "large", 8 * MICRO)
    for _ in range(2):
        await service.watch(runtime)
    told = [each["name"] for each in await letters_to(runtime, owner.email)]
    assert told.count("wallet_limit") == 2
    assert told.count("wallet_short") == 0
    await _spend(purse, "large", 3 * MICRO // 2)
    for _ in range(2):
        await service.watch(runtime)
    told = [each["name"] for each in await letters_to(runtime, owner.email)]
    assert (told.count("wallet_limit"), told.count("wallet_short")) == (2, 1)
    assert await letters_to(runtime, helper.email) == []
    async with runtime.db.fast.transaction(purse.id) as conn:
        for actor in (None, owner.actor_id):
            await ledger.set_limit(
                conn, LimitPeriod.DAY, actor=actor, amount=None, by=owner.actor_id
            )
    await purse.deposit(TEN)
    await service.watch(runtime)
    await purse.hold(10 * MICRO, lasts=timedelta(minutes=5))
    await service.watch(runtime)
    told = [each["name"] for each in await letters_to(runtime, owner.email)]
    assert told.count("wallet_short") == 2
