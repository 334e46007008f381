"""Words of the module as types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from besedka.kernel.hours.types import Period
from besedka.kernel.ledger.types import Currency, Spent

MOST_ROWS: Final = 50_000
"""Transactions of one statement."""


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
