"""The wallet over HTTP. Amounts are micro-units, a millionth of the currency's unit."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from besedka.core.schemas import Read, Write
from besedka.kernel.hours.types import LONGEST_DAYS
from besedka.kernel.ledger.schemas import Amount, Note, Place
from besedka.kernel.ledger.types import Currency, LimitPeriod, TransactionKind
from besedka.products.wallet.types import GatewayKind, NewPayment, PaybackState, PaymentState


class DaysQuery(BaseModel):
    """Which days are wanted: the last so many, or from the first to the last, in the workspace's time zone."""

    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 30
    first: date | None = None
    last: date | None = None


class StatementQuery(DaysQuery):
    """Which part of the statement is wanted."""

    kind: TransactionKind | None = None


class SpentRead(Read):
    """What a model came to on a day, without what was given back; "" stands for what was no model's."""

    day: date
    model: str
    calls: int
    amount_micro: int


class SpendingRead(Read):
    """What was spent from the first to the last day; before the first money there is no currency."""

    first: date
    last: date
    zone: str
    currency: Currency | None
    total_micro: int
    spent: list[SpentRead]


class GatewayRead(Read):
    """A payment provider, and the currencies that it takes."""

    gateway: GatewayKind
    currencies: list[Currency]


class PaymentCreate(Write):
    """How much is to be paid: whole hundredths of the unit. Without a currency the balance's own."""

    amount_micro: Amount
    currency: Currency | None = None
    gateway: GatewayKind | None = None

    def wanted(self) -> NewPayment:
        """Return it as the service takes it."""
        return NewPayment(amount=self.amount_micro, currency=self.currency, gateway=self.gateway)


class PaymentRead(Read):
    """A payment. `url` is where it is paid; `returned_micro` of it went back, or is about to."""

    id: UUID
    gateway: GatewayKind
    amount_micro: int = Field(validation_alias="amount")
    currency: Currency
    state: PaymentState
    url: str
    transaction_id: UUID | None
    returned_micro: int = Field(validation_alias="returned")
    actor_id: UUID | None
    created_at: datetime


class PaybackCreate(Write):
    """What is to go back; without an amount all that is left of the payment."""

    amount_micro: Amount | None = None
    note: Note = ""
    workspace_id: Place = None


class PaybackRead(Read):
    """Money that goes back; `new` is on its way."""

    id: UUID
    payment_id: UUID
    amount_micro: int = Field(validation_alias="amount")
    state: PaybackState
    note: str
    created_at: datetime


class LimitUpdate(Write):
    """A limit of a person, or of all together without `actor_id`; null takes it away."""

    period: LimitPeriod
    actor_id: UUID | None = None
    amount_micro: Amount | None


class LimitRead(Read):
    """A limit, and what of it is spent and held between `starts` and `ends`."""

    actor_id: UUID | None
    actor_name: str
    period: LimitPeriod
    amount_micro: int = Field(validation_alias="amount")
    spent_micro: int = Field(validation_alias="spent")
    held_micro: int = Field(validation_alias="held")
    starts: datetime
    ends: datetime
