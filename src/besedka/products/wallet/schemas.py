"""The wallet over HTTP. Amounts are micro-units, a millionth of the currency's unit."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from besedka.core.schemas import Read
from besedka.kernel.hours.types import LONGEST_DAYS
from besedka.kernel.ledger.types import Currency, TransactionKind


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
