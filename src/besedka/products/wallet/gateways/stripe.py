"""Stripe Checkout: https://docs.stripe.com/api/checkout/sessions.

Its events are signed (https://docs.stripe.com/webhooks#verify-manually); what became of a payment is asked for all the same,
so that the order in which events come does not matter.
"""

import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import BaseModel

from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.kernel.ledger.types import Currency
from besedka.products.wallet.errors import EventForged, EventUnreadable, GatewayRefused
from besedka.products.wallet.gateways.amounts import HUNDREDTH, to_hundredths
from besedka.products.wallet.gateways.port import Answer, Line, Order, Return, Taken
from besedka.products.wallet.types import Found, FoundState, GatewayKind

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp

TOLERANCE_SECONDS = 300
"""How old, or how far ahead, a signature may be."""
MOST_SIGNATURES = 20
_FORM = "application/x-www-form-urlencoded"
_GIVEN_UP = frozenset({"failed", "canceled"})


class _Session(BaseModel):
    id: str
    url: str | None = None
    status: str | None = None
    payment_status: str = ""
    amount_total: int | None = None
    currency: str | None = None
    payment_intent: str | None = None


class _Refund(BaseModel):
    id: str
    status: str | None = None


class Stripe:
    """The gateway."""

    kind = GatewayKind.STRIPE
    currencies: tuple[Currency, ...] = (Currency.USD, Currency.RUB)

    def __init__(self, http: "OutgoingHttp", settings: Settings) -> None:
        key = settings.stripe_secret_key.get_secret_value()
        base = settings.stripe_base_url.rstrip("/")
        self._line = Line(self.kind, http, base, {"Authorization": f"Bearer {key}"})
        self._secret = settings.stripe_webhook_secret.get_secret_value()

    async def create(self, order: Order) -> Taken:
        """Open a checkout session."""
        item = "line_items[0]"
        made = await self._post(
            "/v1/checkout/sessions", _Session, key=order.key,
            fields={
                "mode": "payment", "success_url": order.back, "cancel_url": order.back,
                "client_reference_id": order.key, "metadata[payment]": order.key,
                "adaptive_pricing[enabled]": "false", "customer_email": order.email,
                f"{item}[quantity]": "1", f"{item}[price_data][currency]": order.currency.lower(),
                f"{item}[price_data][unit_amount]": str(to_hundredths(order.amount)),
                f"{item}[price_data][product_data][name]": order.title,
            },
        )  # fmt: skip
        return Taken(made.id, made.url or "")

    async def find(self, reference: str) -> Found:
        """Ask what became of a session."""
        found = await self._line.get(f"/v1/checkout/sessions/{reference}", _Session)
        if found.id != reference:
            raise GatewayRefused(gateway=self.kind.value)
        amount = -1 if found.amount_total is None else found.amount_total * HUNDREDTH
        return Found(
            state=_state(found), amount=amount, currency=(found.currency or "").upper(),
            charge=found.payment_intent or "",
        )  # fmt: skip

    async def give_back(self, wanted: Return) -> str:
        """Have money go back."""
        made = await self._post(
            "/v1/refunds", _Refund, key=wanted.key,
            fields={"payment_intent": wanted.charge, "amount": str(to_hundredths(wanted.amount))},
        )  # fmt: skip
        if made.status in _GIVEN_UP:
            raise GatewayRefused(gateway=self.kind.value)
        return made.id

    def read_event(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the session that a signed event is about."""
        self._check(headers.get("stripe-signature", ""), body)
        try:
            said = json.loads(body)
            kind, reference = said["type"], said["data"]["object"]["id"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise EventUnreadable from error
        is_ours = isinstance(kind, str) and kind.startswith("checkout.session.")
        return reference if is_ours and isinstance(reference, str) else ""

    def _check(self, header: str, body: bytes) -> None:
        """Raises EventForged unless one of the signatures is ours and not old."""
        pairs = [each.strip().partition("=") for each in header.split(",")[:MOST_SIGNATURES]]
        stamp = next((value for name, _, value in pairs if name == "t"), "")
        given = [value for name, _, value in pairs if name == "v1" and value.isascii()]
        if not self._secret or not (stamp.isascii() and stamp.isdigit()) or not given:
            raise EventForged
        if abs(now().timestamp() - int(stamp[:12])) > TOLERANCE_SECONDS:
            raise EventForged
        signed = f"{stamp}.".encode() + body
        expected = hmac.digest(self._secret.encode(), signed, "sha256").hex()
        if not any(hmac.compare_digest(expected, each) for each in given):
            raise EventForged

    async def _post(
        self, path: str, answer: type[Answer], *, key: str, fields: Mapping[str, str]
    ) -> Answer:
        return await self._line.post(
            path, answer, body=urlencode(fields).encode(),
            headers={"Idempotency-Key": key, "Content-Type": _FORM},
        )  # fmt: skip


def _state(found: _Session) -> FoundState:
    if found.payment_status == "paid":
        return FoundState.PAID
    return FoundState.CANCELED if found.status == "expired" else FoundState.PENDING
