"""Words of the module as types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from besedka.core.ids import ActorId
from besedka.kernel.hours.types import Period
from besedka.kernel.ledger.types import MICRO, Currency, HoldId, Spent, TransactionId

MOST_ROWS: Final = 50_000
"""Transactions of one statement."""
MOST_PAID: Final = 1_000_000 * MICRO
"""The largest payment."""
PAGE: Final = "/dashboard/settings/wallet"

PaymentId = NewType("PaymentId", UUID)
PaybackId = NewType("PaybackId", UUID)


class GatewayKind(StrEnum):
    """The payment providers that we speak to."""

    YOOKASSA = "yookassa"
    STRIPE = "stripe"


class PaymentState(StrEnum):
    """Where a payment is. `differs`: the provider took another amount or currency, and somebody has to look."""

    NEW = "new"
    PENDING = "pending"
    PAID = "paid"
    CANCELED = "canceled"
    FAILED = "failed"
    DIFFERS = "differs"


OPEN: Final = frozenset({PaymentState.NEW, PaymentState.PENDING})


class PaybackState(StrEnum):
    """Where money is that goes back; `new` is on its way."""

    NEW = "new"
    DONE = "done"
    FAILED = "failed"


class FoundState(StrEnum):
    """What a provider says of a payment."""

    PENDING = "pending"
    PAID = "paid"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A payment as its provider tells it; `charge` is what a refund names."""

    state: FoundState
    amount: int
    currency: str
    charge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """What somebody wants to pay. Without a currency the wallet's, without a gateway one that takes it."""

    amount: int
    currency: Currency | None = None
    gateway: GatewayKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment. `returned` of it went back, or is about to."""

    id: PaymentId
    gateway: GatewayKind
    amount: int
    currency: Currency
    state: PaymentState
    actor_id: ActorId | None
    reference: str | None
    charge: str | None
    url: str
    transaction_id: TransactionId | None
    returned: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payback:
    """Part of a payment that goes back."""

    id: PaybackId
    payment_id: PaymentId
    hold_id: HoldId
    amount: int
    state: PaybackState
    note: str
    host_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """How the balance stands beside the amount `below` which it is short; `chosen` by somebody, or not."""

    available: int
    below: int
    currency: Currency
    chosen: int | None

    @property
    def is_short(self) -> bool:
        """Whether there is too little."""
        return self.available < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent during a period."""

    period: Period
    currency: Currency | None
    spent: Sequence[Spent]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(each.amount for each in self.spent)
