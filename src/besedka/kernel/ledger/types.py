"""Vocabulary of the ledger. All amounts are in micro-units, a millionth of the currency's unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from pydantic import JsonValue

from besedka.core.ids import ActorId

BALANCE_READ: Final = "balance.read"
"""The permission to see the money of a workspace."""
BALANCE_MANAGE: Final = "balance.manage"
"""The permission to pay in, and to set limits."""
MICRO: Final = 1_000_000
MOST: Final = 10**15
"""The largest amount of one transaction or hold: a billion units."""

HoldId = NewType("HoldId", UUID)
LimitId = NewType("LimitId", UUID)
TransactionId = NewType("TransactionId", UUID)


class Currency(StrEnum):
    """What an account counts in."""

    RUB = "RUB"
    USD = "USD"


PAYOUT_LASTS: Final = timedelta(days=30)
"""How long money waits to go back: while a payment provider is asked again and again."""


class AccountKind(StrEnum):
    """The wallet of a workspace, and the accounts that stand against it."""

    WALLET = "wallet"
    REVENUE = "revenue"
    DEPOSITS = "deposits"
    GRANTS = "grants"


class TransactionKind(StrEnum):
    """What a transaction is."""

    DEPOSIT = "deposit"
    USAGE = "usage"
    REFUND = "refund"
    PROMO = "promo"
    REFERRAL = "referral"
    TRIAL = "trial"
    EXPIRY = "expiry"
    PAYOUT = "payout"


GIVEN: Final = frozenset({TransactionKind.PROMO, TransactionKind.REFERRAL, TransactionKind.TRIAL})
"""Kinds that the installation gives, and that may expire."""

COUNTER: Final[Mapping[TransactionKind, AccountKind]] = {
    TransactionKind.DEPOSIT: AccountKind.DEPOSITS,
    TransactionKind.USAGE: AccountKind.REVENUE,
    TransactionKind.REFUND: AccountKind.REVENUE,
    TransactionKind.PROMO: AccountKind.GRANTS,
    TransactionKind.REFERRAL: AccountKind.GRANTS,
    TransactionKind.TRIAL: AccountKind.GRANTS,
    TransactionKind.EXPIRY: AccountKind.GRANTS,
    TransactionKind.PAYOUT: AccountKind.DEPOSITS,
}
"""The account on the other side of the wallet."""


class LimitPeriod(StrEnum):
    """What a limit is for: a day or a month of the workspace's time zone."""

    DAY = "day"
    MONTH = "month"


class HoldState(StrEnum):
    """Where a hold is in its life; only an open one holds anything."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a wallet holds; without a wallet there is no currency yet."""

    currency: Currency | None = None
    balance: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        """What can be spent."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Money set aside until `expires_at`."""

    id: HoldId
    amount: int
    key: str
    purpose: str
    state: HoldState
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much may be spent from `starts` on and before `ends`: by one person, or by everybody together.

    `spent` is without what was given back; `told` is how many per cent somebody was told of.
    """

    id: LimitId
    actor_id: ActorId | None
    actor_name: str
    period: LimitPeriod
    amount: int
    spent: int
    held: int
    starts: datetime
    ends: datetime
    zone: str
    told: int

    @property
    def left(self) -> int:
        """What can be spent yet; below zero where the limit came later."""
        return self.amount - self.spent - self.held

    @property
    def share(self) -> int:
        """How many per cent of it are gone."""
        return (self.spent + self.held) * 100 // self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """A transaction that is to be made. `amount` is what it does to the wallet."""

    id: TransactionId
    kind: TransactionKind
    amount: int
    key: str
    actor_id: ActorId | None = None
    charge_id: TransactionId | None = None
    note: str = ""
    meta: Mapping[str, JsonValue] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What happened to the wallet, by how much, and why. `meta` explains every unit of a usage."""

    id: TransactionId
    kind: TransactionKind
    amount: int
    currency: Currency
    key: str
    actor_id: ActorId | None
    charge_id: TransactionId | None
    note: str
    meta: Mapping[str, JsonValue]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which transactions are meant: of one kind, from a moment on, before another."""

    kind: TransactionKind | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL: Final = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a model came to on a day; "" stands for what was no model's."""

    day: date
    model: str
    calls: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many of a unit at a price: micro-units per million of them. None stands for an unknown price."""

    unit: str
    quantity: int
    price: Decimal | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used, at which unit prices, and why; `about` names what it belongs to (a run, a model)."""

    why: str
    lines: tuple[Line, ...]
    about: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What a wallet keeps, beside what its entries, open holds and grants come to, at one moment."""

    workspace_id: UUID
    account_id: UUID
    balance: int
    entries: int
    held: int
    open_holds: int
    grants: int
    all_entries: int
    """The sum of all accounts of the workspace."""

    @property
    def holds_true(self) -> bool:
        """Whether all of it fits together."""
        return (
            self.balance == self.entries
            and self.held == self.open_holds
            and self.grants <= self.balance
            and self.all_entries == 0
        )
