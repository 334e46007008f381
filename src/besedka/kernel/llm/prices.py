"""What models cost, from the price list of the package `genai-prices`: offline, and unknown stays unknown.

Loading the list takes 0.5 s of processor time and 35 MB, so a server asks for prices in a
child process (`listed` is a function for the sandbox) and keeps the answers.
"""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Final, Protocol, cast

from pydantic import TypeAdapter

from besedka.core.clock import now
from besedka.kernel.llm.types import Usage

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class LongPrice:
    """What a call costs whose input has more than `above` tokens, in micro-units per million tokens."""

    above: int
    input: int
    output: int
    cached_input: int


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-units of `currency` per million tokens; `long` is the price of calls with long inputs, where it differs."""

    input: int
    output: int
    cached_input: int
    currency: str = "USD"
    long: LongPrice | None = None

    def of(self, usage: Usage) -> int:
        """Return what a call costs in millionths of a micro-unit: nothing is rounded yet."""
        read = usage.input + usage.further_input
        rate = self.long if self.long is not None and read > self.long.above else self
        fresh = read - usage.cached_input
        return (
            fresh * rate.input + usage.cached_input * rate.cached_input + usage.output * rate.output
        )


_PRICES: Final = TypeAdapter(dict[str, Price])


class _Tier(Protocol):
    start: int
    price: Decimal


class _Tiered(Protocol):
    base: Decimal
    tiers: Sequence[_Tier]


class _ListedPrice(Protocol):
    input_mtok: Decimal | _Tiered | None
    output_mtok: Decimal | _Tiered | None
    cache_read_mtok: Decimal | _Tiered | None
    requests_kcount: Decimal | None


class _Model(Protocol):
    def get_prices(self, request_timestamp: object) -> _ListedPrice: ...


class _Snapshot(Protocol):
    def find_provider_model(
        self, model_ref: str, provider: None, provider_id: str | None, provider_api_url: str | None
    ) -> tuple[object, object]: ...


def find_price(model: str, *, base_url: str = "", provider: str = "") -> Price | None:
    """Return the listed price of a model at a provider, named by its address or by its name.

    None when either is not in the list, or when the price is not by tokens alone.
    """
    if not (base_url or provider):
        return None
    try:
        _, found = _snapshot().find_provider_model(
            model, None, provider or None, None if provider else base_url
        )
    except LookupError:
        return None
    return _read(cast(_Model, found).get_prices(now()))


def listed(base_url: str, models: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
    """Return the known prices of models at an address, as JSON values: the form for a child process."""
    prices = {model: find_price(model, base_url=base_url) for model in models}
    return {model: asdict(price) for model, price in prices.items() if price is not None}


def from_listed(answer: object) -> Mapping[str, Price]:
    """Return what `listed` gave in another process as prices again."""
    return _PRICES.validate_python(answer)


@cache
def _snapshot() -> _Snapshot:
    return cast(_Snapshot, importlib.import_module("genai_prices.data_snapshot").get_snapshot())


def _read(price: _ListedPrice) -> Price | None:
    parts = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
    read, written, cached = (_base(part) for part in parts)
    if read is None or price.requests_kcount or not _all_sound((read, written, cached)):
        return None
    return Price(
        input=_micro(read),
        output=_micro(written or Decimal(0)),
        cached_input=_micro(read if cached is None else cached),
        long=_long(price),
    )


def _long(price: _ListedPrice) -> LongPrice | None:
    """Return the first step of a price that rises; a list that has several is not known to exist."""
    parts = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
    rising = [_tiered(part) for part in parts]
    steps = [part.tiers[0].start for part in rising if part is not None]
    if not steps:
        return None
    read, written, cached = (
        each.tiers[0].price if each is not None else _base(part)
        for each, part in zip(rising, parts, strict=True)
    )
    return LongPrice(
        above=min(steps),
        input=_micro(read or Decimal(0)),
        output=_micro(written or Decimal(0)),
        cached_input=_micro((read or Decimal(0)) if cached is None else cached),
    )


def _tiered(part: Decimal | _Tiered | None) -> _Tiered | None:
    return None if part is None or isinstance(part, Decimal) else part


def _base(part: Decimal | _Tiered | None) -> Decimal | None:
    return part if part is None or isinstance(part, Decimal) else part.base


def _all_sound(amounts: Iterable[Decimal | None]) -> bool:
    return all(amount is None or (amount.is_finite() and amount >= 0) for amount in amounts)


def _micro(amount: Decimal) -> int:
    return int((amount * _MICRO).to_integral_value(ROUND_CEILING))
