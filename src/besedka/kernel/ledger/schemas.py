"""The ledger over HTTP. Amounts come twice: micro-units, exact, and a decimal string of units to show."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from besedka.core.pagination import MAX_LIMIT
from besedka.core.schemas import Read, Write
from besedka.kernel.ledger.types import MOST, Currency, TransactionKind, Wanted

Amount = Annotated[int, Field(ge=1, le=MOST, description="Micro-units: a millionth of the unit.")]
Note = Annotated[str, StringConstraints(max_length=500)]
Place = Annotated[
    UUID | None, Field(description="Another workspace's id; without it the caller's own.")
]


class BalanceRead(Read):
    """What the workspace has. Before its first money there is no currency."""

    currency: Currency | None
    balance: str
    held: str
    available: str
    balance_micro: int
    held_micro: int
    available_micro: int


class TransactionQuery(BaseModel):
    """Which transactions are wanted: of one kind, from a moment on, before another, before one of them."""

    kind: TransactionKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Rows of a page.")] = 50

    def wanted(self) -> Wanted:
        """Return it as the service takes it; a moment without a zone is one in UTC."""
        since, until = (
            each if each is None or each.tzinfo else each.replace(tzinfo=UTC)
            for each in (self.since, self.until)
        )  # fmt: skip
        return Wanted(kind=self.kind, since=since, until=until)


class TransactionRead(Read):
    """What happened to the balance; `charge_id` is what a refund gives back."""

    id: UUID
    kind: TransactionKind
    amount: str
    amount_micro: int
    currency: Currency
    charge_id: UUID | None
    actor_id: UUID | None
    note: str
    meta: dict[str, JsonValue]
    created_at: datetime


class DepositCreate(Write):
    """A payment that a host has received."""

    amount_micro: Amount
    currency: Currency
    note: Note = ""
    workspace_id: Place = None


class RefundCreate(Write):
    """A charge to give back; without an amount, all that is left of it."""

    amount_micro: Amount | None = None
    note: Note = ""
    workspace_id: Place = None
