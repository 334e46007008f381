"""What models cost, from the price list of the package `genai-prices`: offline, and unknown stays unknown.

Loading the list takes 0.5 s of processor time and 35 MB, so a server asks for prices in a
child process (`listed` is a function for the sandbox) and keeps the answers.
"""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Protocol, cast

from besedka.core.clock import now

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-units of `currency` per million tokens.

    `tiered` says that long inputs cost more than this.
    """

    input: int
    output: int
    cached_input: int
    tiered: bool = False
    currency: str = "USD"


class _Tiered(Protocol):
    base: Decimal


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
    rows = cast(Mapping[str, Mapping[str, object]], answer)
    return {model: Price(**row) for model, row in rows.items()}  # type: ignore[arg-type]  # `listed` has written these very rows


@cache
def _snapshot() -> _Snapshot:
    return cast(_Snapshot, importlib.import_module("genai_prices.data_snapshot").get_snapshot())


def _read(price: _ListedPrice) -> Price | None:
    parts = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
    amounts = [part if part is None or isinstance(part, Decimal) else part.base for part in parts]
    read, written, cached = amounts
    if read is None or price.requests_kcount or not _all_sound(amounts):
        return None
    return Price(
        input=_micro(read),
        output=_micro(written or Decimal(0)),
        cached_input=_micro(read if cached is None else cached),
        tiered=any(part is not None and not isinstance(part, Decimal) for part in parts),
    )


def _all_sound(amounts: Iterable[Decimal | None]) -> bool:
    return all(amount is None or (amount.is_finite() and amount >= 0) for amount in amounts)


def _micro(amount: Decimal) -> int:
    return int((amount * _MICRO).to_integral_value(ROUND_CEILING))
