"""YooKassa and Stripe on loopback, written from their documented APIs: what is asked for once is kept under its key.

async with FakePayments() as fake:
    settings.yookassa_base_url = f"{fake.origin}/v3"
    fake.pay(reference)
"""

import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from uuid import uuid4

from aiohttp import web

SHOP, SHOP_SECRET = "54321", "test_shop_secret"
STRIPE_KEY, STRIPE_SECRET = "sk_test_key", "whsec_test"

Kept = dict[str, object]


@dataclass
class FakePayments:
    """Both providers. `down` makes every request fail with a status; `lose` makes an answer get lost after the deed."""

    origin: str = ""
    down: int = 0
    lose: bool = False
    payments: dict[str, Kept] = field(default_factory=dict)
    refunds: dict[str, Kept] = field(default_factory=dict)
    created: list[Kept] = field(default_factory=list)
    _by_key: dict[str, Kept] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    def pay(self, reference: str, *, hundredths: int | None = None, currency: str = "") -> None:
        """Let the payer pay what was asked for, or something else."""
        found = self.payments[reference]
        if "payment_status" in found:
            found.update(status="complete", payment_status="paid", payment_intent=f"pi_{reference}")
            found["amount_total"] = hundredths or found["amount_total"]
            found["currency"] = currency.lower() or found["currency"]
            return
        found.update(status="succeeded", paid=True)
        amount = found["amount"]
        assert isinstance(amount, dict)
        if hundredths is not None:
            amount["value"] = f"{hundredths / 100:.2f}"
        amount["currency"] = currency or amount["currency"]

    def cancel(self, reference: str) -> None:
        """Let the time of a payment be over."""
        found = self.payments[reference]
        found["status"] = "expired" if "payment_status" in found else "canceled"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.post("/v3/payments", self._yoo_create), web.get("/v3/payments/{id}", self._yoo_find),
                web.post("/v3/refunds", self._yoo_refund),
                web.post("/v1/checkout/sessions", self._stripe_create),
                web.get("/v1/checkout/sessions/{id}", self._stripe_find),
                web.post("/v1/refunds", self._stripe_refund),
            ]
        )  # fmt: skip
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def _once(self, key: str | None, made: Kept, into: dict[str, Kept]) -> Kept:
        assert key, "a payment provider wants a key"
        if key not in self._by_key:
            self._by_key[key] = made
            into[str(made["id"])] = made
        return self._by_key[key]

    def _answer(self, made: Kept | None) -> web.Response:
        if self.lose:
            return web.Response(status=500, text="lost")
        return web.json_response(made, status=404 if made is None else 200)

    def _is_down(self) -> web.Response | None:
        return web.Response(status=self.down, text="no") if self.down else None

    async def _yoo_create(self, request: web.Request) -> web.Response:
        self._check_shop(request)
        wanted = await request.json()
        self.created.append(wanted)
        made: Kept = {
            "id": f"{uuid4()}", "status": "pending", "paid": False, "amount": dict(wanted["amount"]),
            "confirmation": {"type": "redirect", "confirmation_url": f"{self.origin}/pay"},
            "metadata": wanted["metadata"], "created_at": "2026-11-30T12:00:00Z", "test": True, "refundable": False,
        }  # fmt: skip
        down = self._is_down()
        key = request.headers.get("Idempotence-Key")
        return down or self._answer(self._once(key, made, self.payments))

    async def _yoo_find(self, request: web.Request) -> web.Response:
        self._check_shop(request)
        return self._is_down() or self._answer(self.payments.get(request.match_info["id"]))

    async def _yoo_refund(self, request: web.Request) -> web.Response:
        self._check_shop(request)
        wanted = await request.json()
        made: Kept = {"id": f"{uuid4()}", "status": "succeeded", **wanted}
        down = self._is_down()
        key = request.headers.get("Idempotence-Key")
        return down or self._answer(self._once(key, made, self.refunds))

    async def _stripe_create(self, request: web.Request) -> web.Response:
        self._check_stripe(request)
        wanted = dict(await request.post())
        self.created.append(dict(wanted))
        price = "line_items[0][price_data]"
        made: Kept = {
            "id": f"cs_test_{uuid4().hex}", "object": "checkout.session", "status": "open",
            "payment_status": "unpaid", "url": f"{self.origin}/pay", "payment_intent": None,
            "amount_total": int(str(wanted[f"{price}[unit_amount]"])), "currency": str(wanted[f"{price}[currency]"]),
        }  # fmt: skip
        down = self._is_down()
        key = request.headers.get("Idempotency-Key")
        return down or self._answer(self._once(key, made, self.payments))

    async def _stripe_find(self, request: web.Request) -> web.Response:
        self._check_stripe(request)
        return self._is_down() or self._answer(self.payments.get(request.match_info["id"]))

    async def _stripe_refund(self, request: web.Request) -> web.Response:
        self._check_stripe(request)
        wanted = dict(await request.post())
        made: Kept = {"id": f"re_{uuid4().hex}", "status": "succeeded", **wanted}
        down = self._is_down()
        key = request.headers.get("Idempotency-Key")
        return down or self._answer(self._once(key, made, self.refunds))

    def _check_shop(self, request: web.Request) -> None:
        assert request.headers["Authorization"] == "Basic NTQzMjE6dGVzdF9zaG9wX3NlY3JldA=="

    def _check_stripe(self, request: web.Request) -> None:
        assert request.headers["Authorization"] == f"Bearer {STRIPE_KEY}"


def yookassa_event(reference: str, event: str = "payment.succeeded") -> bytes:
    """Return a notification of YooKassa's."""
    said = {"type": "notification", "event": event, "object": {"id": reference, "status": "succeeded"}}  # fmt: skip
    return json.dumps(said).encode()


def stripe_event(
    reference: str, kind: str = "checkout.session.completed", *, age: int = 0, secret: str = STRIPE_SECRET
) -> tuple[Mapping[str, str], bytes]:  # fmt: skip
    """Return a signed event of Stripe's: its headers and its body."""
    said = {"id": "evt_1", "type": kind, "data": {"object": {"id": reference, "payment_status": "paid"}}}  # fmt: skip
    body, stamp = json.dumps(said).encode(), int(time.time()) - age
    signature = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
    return {"Stripe-Signature": f"t={stamp},v0=old,v1={signature}"}, body
