"""Paying in through a provider: one deposit for one payment, whatever is told about it, by whom, how often."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from pydantic import JsonValue

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.ledger.types import Currency, TransactionKind
from besedka.products.wallet import service
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.payments import FakePayments, stripe_event, yookassa_event
from tests.kernel.ledger.purse import Purse, make_purse

API = "/api/v1/balance"
YOOKASSA, STRIPE = "/api/v1/payments/yookassa/events", "/api/v1/payments/stripe/events"
TEN = 10_000_000


@dataclass(frozen=True)
class Till:
    """A workspace that pays, and what its provider calls the payment."""

    client: httpx.AsyncClient
    purse: Purse
    fake: FakePayments

    async def start(self, **wanted: JsonValue) -> tuple[str, str]:
        """Begin a payment; returns its id and the provider's name of it."""
        known = set(self.fake.payments)
        made = await self.client.post(
            f"{API}/payments", json={"amount_micro": TEN, **wanted}, headers=self.headers
        )
        assert made.status_code == 201, made.text
        assert (made.json()["state"], made.json()["url"]) == ("pending", f"{self.fake.origin}/pay")
        (reference,) = set(self.fake.payments) - known
        return made.json()["id"], reference

    @property
    def headers(self) -> dict[str, str]:
        """What makes a request the owner's."""
        return self.purse.workspace.headers

    async def hear(self, reference: str, event: str = "payment.succeeded") -> int:
        """Send YooKassa's notification; returns the status of our answer."""
        body = yookassa_event(reference, event)
        return (await self.client.post(YOOKASSA, content=body)).status_code

    async def state(self, payment: str) -> str:
        """Return where a payment is."""
        found = await self.client.get(f"{API}/payments/{payment}", headers=self.headers)
        return str(found.json()["state"])

    async def has(self) -> int:
        """Return the balance."""
        return (await self.purse.balance()).balance


@pytest.fixture
async def till(gateway: FakePayments, runtime: Runtime, client: httpx.AsyncClient) -> Till:
    return Till(client, await make_purse(runtime), gateway)


async def test_payment_is_booked_once_however_often_it_is_told(till: Till) -> None:
    payment, reference = await till.start()
    wanted = till.fake.created[0]
    assert wanted["amount"] == {"value": "10.00", "currency": "RUB"}
    assert str(wanted["confirmation"]).count(f"/dashboard/settings/wallet/payments/{payment}") == 1
    assert "receipt" not in wanted
    assert await till.hear(reference) == 204  # before anybody paid: believed by nobody
    assert (await till.state(payment), await till.has()) == ("pending", 0)
    till.fake.pay(reference)
    assert await asyncio.gather(*(till.hear(reference) for _ in range(5))) == [204] * 5
    assert (await till.state(payment), await till.has()) == ("paid", TEN)
    till.fake.cancel(reference)
    assert await till.hear(reference, "payment.canceled") == 204  # out of order
    assert (await till.state(payment), await till.has()) == ("paid", TEN)
    (deposit,) = await till.purse.transactions(TransactionKind.DEPOSIT)
    assert deposit.meta == {"gateway": "yookassa", "payment": payment}


async def test_other_amount_or_currency_is_not_booked(till: Till) -> None:
    payment, reference = await till.start()
    till.fake.pay(reference, hundredths=100)
    assert await till.hear(reference) == 204
    assert (await till.state(payment), await till.has()) == ("differs", 0)
    other, reference = await till.start()
    till.fake.pay(reference, currency="USD")
    await till.hear(reference)
    assert (await till.state(other), await till.has()) == ("differs", 0)


async def test_unknown_and_broken_events_change_nothing(till: Till) -> None:
    assert await till.hear("2d0b7f70-000f-5000-9000-1a2b3c4d5e6f") == 204
    assert await till.hear("x", "refund.succeeded") == 204
    for body in (b"", b"[]", b'{"event": 1, "object": {"id": 2}}', b"\xff" * 10):
        assert (await till.client.post(YOOKASSA, content=body)).status_code == 400
    nobody = await till.client.post("/api/v1/payments/paypal/events", content=b"{}")
    assert nobody.status_code == 422


async def test_provider_that_is_away_is_asked_again(till: Till, runtime: Runtime) -> None:
    payment, reference = await till.start()
    till.fake.pay(reference)
    till.fake.down = 500
    assert await till.hear(reference) == 503  # so that they tell it again
    assert await till.has() == 0
    till.fake.down = 0
    async with runtime.db.fast.acquire(till.purse.id) as conn:
        await conn.execute("UPDATE ledger_payment SET created_at = now() - interval '5 minutes'")
    await service.settle_open(runtime)
    assert (await till.state(payment), await till.has()) == ("paid", TEN)


async def test_payment_that_could_not_begin_is_over(till: Till) -> None:
    till.fake.down = 401
    body = {"amount_micro": TEN}
    refused = await till.client.post(f"{API}/payments", json=body, headers=till.headers)
    assert (refused.status_code, refused.json()["code"]) == (502, "gateway_refused")
    (payment,) = (await till.client.get(f"{API}/payments", headers=till.headers)).json()
    assert payment["state"] == "failed"
    for amount in (TEN + 1, 10_000, 10**13):
        bad = await till.client.post(
            f"{API}/payments", json={"amount_micro": amount}, headers=till.headers
        )
        assert (bad.status_code, bad.json()["code"]) == (422, "amount_uneven")


async def test_stripe_is_believed_when_its_signature_fits_and_is_fresh(till: Till) -> None:
    payment, reference = await till.start(gateway="stripe")
    sent = till.fake.created[0]
    assert sent["line_items[0][price_data][currency]"] == "usd"
    assert sent["line_items[0][price_data][unit_amount]"] == "1000"
    till.fake.pay(reference)
    good, body = stripe_event(reference)
    forged, _ = stripe_event(reference, secret="whsec_other")
    stale, old_body = stripe_event(reference, age=301)
    for headers, content in (
        (forged, body), (stale, old_body), (good, body + b" "), ({}, body),
        ({"Stripe-Signature": "t=,v1=é"}, body), ({"Stripe-Signature": good["Stripe-Signature"].replace("t=", "t=9")}, body),
    ):  # fmt: skip
        sent_as = [(name.encode(), value.encode()) for name, value in headers.items()]
        answer = await till.client.post(STRIPE, content=content, headers=sent_as)
        assert (answer.status_code, answer.json()["code"]) == (400, "event_forged")
    assert await till.has() == 0
    for kind in ("checkout.session.completed", "checkout.session.expired", "customer.created"):
        headers, body = stripe_event(reference, kind)
        for _ in range(2):
            assert (await till.client.post(STRIPE, content=body, headers=headers)).status_code == 204  # fmt: skip
    assert (await till.state(payment), await till.has()) == ("paid", TEN)
    assert (await till.purse.balance()).currency is Currency.USD
    late = await till.client.post(
        f"{API}/payments", json={"amount_micro": TEN, "gateway": "yookassa"}, headers=till.headers
    )
    assert (late.status_code, late.json()["code"]) == (409, "no_gateway")


async def test_payment_goes_back_as_far_as_it_was_not_spent(till: Till, runtime: Runtime) -> None:
    host = await make_workspace(runtime, is_host=True)
    payment, reference = await till.start()
    till.fake.pay(reference)
    await till.hear(reference)
    await till.purse.give(3_000_000)
    await till.purse.spend(5_000_000)  # three of them given, two paid
    refund = f"{API}/payments/{payment}/refund"

    async def send(amount: int | None, key: str) -> httpx.Response:
        body = {"workspace_id": str(till.purse.id), "amount_micro": amount, "note": "sorry"}
        return await till.client.post(
            refund, json=body, headers={**host.headers, "Idempotency-Key": key}
        )

    twice = [await send(4_000_000, "one") for _ in range(2)]
    assert [(each.status_code, each.json()["state"]) for each in twice] == [(201, "done")] * 2
    assert len(till.fake.refunds) == 1
    assert (await till.purse.balance()).balance == 4_000_000
    short = await send(5_000_000, "two")
    assert (short.status_code, short.json()["code"]) == (402, "balance_short")
    over = await send(6_000_001, "three")
    assert (over.status_code, over.json()["code"]) == (409, "return_too_large")
    mine = await till.client.post(refund, json={}, headers=till.headers)
    assert (mine.status_code, mine.json()["code"]) == (403, "host_only")
    (paid_out,) = await till.purse.transactions(TransactionKind.PAYOUT)
    (deposit,) = await till.purse.transactions(TransactionKind.DEPOSIT)
    assert (paid_out.amount, paid_out.charge_id) == (-4_000_000, deposit.id)


async def test_refund_whose_answer_is_lost_waits_and_is_sent_once(
    till: Till, runtime: Runtime
) -> None:
    host = await make_workspace(runtime, is_host=True)
    payment, reference = await till.start(gateway="stripe")
    till.fake.pay(reference)
    headers, body = stripe_event(reference)
    await till.client.post(STRIPE, content=body, headers=headers)
    till.fake.lose = True
    wanted = {"workspace_id": str(till.purse.id)}
    sent = await till.client.post(f"{API}/payments/{payment}/refund", json=wanted, headers=host.headers)  # fmt: skip
    assert (sent.status_code, sent.json()["state"]) == (201, "new")
    assert (await till.purse.balance()).available == 0
    assert (await till.purse.balance()).balance == TEN
    till.fake.lose = False
    async with runtime.db.fast.acquire(till.purse.id) as conn:
        await conn.execute("UPDATE ledger_payback SET created_at = now() - interval '5 minutes'")
    await service.finish_open(runtime)
    await service.finish_open(runtime)
    assert len(till.fake.refunds) == 1
    assert (await till.purse.balance()).balance == 0
    assert len(await till.purse.transactions(TransactionKind.PAYOUT)) == 1


async def test_others_see_and_make_no_payments(till: Till, runtime: Runtime) -> None:
    payment, _ = await till.start()
    stranger: MadeWorkspace = await make_workspace(runtime)
    path = f"{API}/payments/{payment}"
    for method, address in (("GET", path), ("POST", f"{path}/check")):
        answer = await till.client.request(method, address, headers=stranger.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
    assert (await till.client.get(f"{API}/payments", headers=stranger.headers)).json() == []
    member = await make_person(runtime, till.purse.workspace, role=Role.MEMBER)
    body = {"amount_micro": TEN}
    refused = await till.client.post(f"{API}/payments", json=body, headers=member.headers)
    assert refused.status_code == 403


async def test_without_a_gateway_nobody_pays(runtime: Runtime, client: httpx.AsyncClient) -> None:
    purse = await make_purse(runtime)
    headers = purse.workspace.headers
    assert (await client.get(f"{API}/gateways", headers=headers)).json() == []
    refused = await client.post(f"{API}/payments", json={"amount_micro": TEN}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_gateway")
    assert (await client.post(YOOKASSA, content=b"{}")).status_code == 409
