"""YooKassa: https://yookassa.ru/developers/api (v3).

Its notifications are not signed: what one says is not believed, the payment is asked for instead.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from besedka.core.config import Settings
from besedka.kernel.ledger.types import Currency
from besedka.products.wallet.errors import EventUnreadable, GatewayRefused
from besedka.products.wallet.gateways.amounts import from_text, to_text
from besedka.products.wallet.gateways.port import Line, Order, Return, Taken
from besedka.products.wallet.types import Found, FoundState, GatewayKind

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp

_KEY = "Idempotence-Key"
_REFERENCE = re.compile(r"[0-9A-Za-z-]{10,60}")
_LONGEST_TITLE = 128
_STATES = {
    "pending": FoundState.PENDING,
    "waiting_for_capture": FoundState.PENDING,
    "succeeded": FoundState.PAID,
    "canceled": FoundState.CANCELED,
}


class _Amount(BaseModel):
    value: str
    currency: str


class _Confirmation(BaseModel):
    confirmation_url: str = ""


class _Payment(BaseModel):
    id: str
    status: str
    amount: _Amount
    confirmation: _Confirmation = _Confirmation()


class _Refund(BaseModel):
    id: str
    status: str


class YooKassa:
    """The gateway."""

    kind = GatewayKind.YOOKASSA
    currencies: tuple[Currency, ...] = (Currency.RUB,)

    def __init__(self, http: "OutgoingHttp", settings: Settings) -> None:
        secret = settings.yookassa_secret_key.get_secret_value()
        word = base64.b64encode(f"{settings.yookassa_shop_id}:{secret}".encode()).decode()
        base = settings.yookassa_base_url.rstrip("/")
        self._line = Line(self.kind, http, base, {"Authorization": f"Basic {word}"})
        self._vat = settings.yookassa_vat_code

    async def create(self, order: Order) -> Taken:
        """Have a payment taken, in one step."""
        made = await self._line.post(
            "/payments", _Payment, headers={_KEY: order.key},
            json={
                "amount": _amount(order.amount, order.currency), "capture": True,
                "confirmation": {"type": "redirect", "return_url": order.back},
                "description": order.title[:_LONGEST_TITLE], "metadata": {"payment": order.key},
                **self._receipt(order),
            },
        )  # fmt: skip
        return Taken(made.id, made.confirmation.confirmation_url)

    async def find(self, reference: str) -> Found:
        """Ask what became of a payment."""
        found = await self._line.get(f"/payments/{reference}", _Payment)
        if found.id != reference:
            raise GatewayRefused(gateway=self.kind.value)
        return Found(
            state=_STATES.get(found.status, FoundState.PENDING), amount=from_text(found.amount.value),
            currency=found.amount.currency.upper(), charge=found.id,
        )  # fmt: skip

    async def give_back(self, wanted: Return) -> str:
        """Have money go back."""
        made = await self._line.post(
            "/refunds", _Refund, headers={_KEY: wanted.key},
            json={
                "payment_id": wanted.charge, "amount": _amount(wanted.amount, wanted.currency),
                **self._receipt(wanted),
            },
        )  # fmt: skip
        if made.status == "canceled":
            raise GatewayRefused(gateway=self.kind.value)
        return made.id

    def read_event(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the payment that a notification names; nothing else of it counts."""
        del headers
        try:
            said = json.loads(body)
            event, reference = said["event"], said["object"]["id"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise EventUnreadable from error
        if not isinstance(event, str) or not isinstance(reference, str):
            raise EventUnreadable
        is_payment = event.startswith("payment.") and _REFERENCE.fullmatch(reference)
        return reference if is_payment else ""

    def _receipt(self, what: Order | Return) -> dict[str, object]:
        if not self._vat:
            return {}
        item = {
            "description": what.title[:_LONGEST_TITLE], "quantity": "1.00", "amount": _amount(what.amount, what.currency),
            "vat_code": self._vat, "payment_mode": "full_prepayment", "payment_subject": "service",
        }  # fmt: skip
        return {"receipt": {"customer": {"email": what.email}, "items": [item]}}


def _amount(micro: int, currency: Currency) -> dict[str, str]:
    return {"value": to_text(micro), "currency": currency.value}
