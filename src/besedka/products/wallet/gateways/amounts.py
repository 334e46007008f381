"""Amounts as payment providers write them: hundredths of the unit. Both of our currencies have those."""

from decimal import Decimal, InvalidOperation

HUNDREDTH = 10_000
"""Micro-units of a kopeck or a cent."""
MOST_DIGITS = 15


def to_hundredths(micro: int) -> int:
    """Return micro-units as hundredths; whoever took the amount has seen that they come out even."""
    return micro // HUNDREDTH


def to_text(micro: int) -> str:
    """Return micro-units as a decimal number with two places."""
    units, rest = divmod(to_hundredths(micro), 100)
    return f"{units}.{rest:02d}"


def from_text(value: str) -> int:
    """Return a decimal number as micro-units, -1 for what is none."""
    try:
        exact = Decimal(value) if len(value) <= MOST_DIGITS else Decimal("NaN")
    except InvalidOperation:
        return -1
    return int(exact.scaleb(6)) if exact.is_finite() else -1
