"""What things cost: exact, rounded up once, and never guessed."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Context, Decimal

from besedka.core.config import Settings
from besedka.kernel.ledger.errors import AmountInvalid, PriceInvalid, PriceUnknown
from besedka.kernel.ledger.types import MICRO, MOST, Line

_EXACT = Context(prec=60, rounding=ROUND_CEILING)
_PLACES = 6


def enabled(settings: Settings) -> bool:
    """Whether balances are charged; otherwise costs are only recorded."""
    return settings.billing


def checked_amount(amount: int, *, least: int = 1) -> int:
    """Return an amount that can be booked. Raises AmountInvalid."""
    if not least <= amount <= MOST:
        raise AmountInvalid(field="amount", most=MOST)
    return amount


def checked_price(price: Decimal | int | None, *, unit: str) -> Decimal:
    """Return a price that one can calculate with. Raises PriceUnknown, PriceInvalid."""
    if price is None:
        raise PriceUnknown(unit=unit)
    exact = Decimal(price)
    if not exact.is_finite() or exact < 0:
        raise PriceInvalid(unit=unit)
    return exact


def cost_of(lines: Iterable[Line]) -> int:
    """Return what the lines come to in micro-units, rounded up once. Raises PriceUnknown, PriceInvalid, AmountInvalid."""
    total = Decimal(0)
    for line in lines:
        if line.quantity < 0:
            raise AmountInvalid(field=line.unit, most=MOST)
        price = checked_price(line.price, unit=line.unit)
        total = _EXACT.add(total, _EXACT.multiply(price, Decimal(line.quantity)))
    rounded = _EXACT.divide(total, Decimal(MICRO)).to_integral_value(ROUND_CEILING)
    if rounded > MOST:
        raise AmountInvalid(field="amount", most=MOST)
    return int(rounded)


def decimal_text(micro: int) -> str:
    """Return micro-units as a decimal number of units: at least two places, at most six."""
    sign, (units, rest) = "-" if micro < 0 else "", divmod(abs(micro), MICRO)
    places = f"{rest:0{_PLACES}d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{places}"
