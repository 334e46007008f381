"""What a call cost: by the workspace's own price first, then by the offline list; unknown stays unknown."""

from decimal import ROUND_HALF_UP, Decimal

from besedka.core.db.connection import Row
from besedka.core.runtime import Runtime
from besedka.core.sandbox.errors import SandboxError
from besedka.kernel.llm.prices import Price, from_listed
from besedka.kernel.llm.repository import LlmRepository
from besedka.kernel.llm.types import Cost, Usage

MILLION = 1_000_000
LISTED = "llm.prices"
KNOWN = 1000


class Prices:
    """The list prices that this process has asked for. The list is read in a child process: it is large."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Price | None] = {}

    async def find(self, runtime: Runtime, base_url: str, model: str) -> Price | None:
        """Return the list price of a model at an address, or None."""
        key = (base_url, model)
        if key not in self._known:
            try:
                answer = await runtime.sandbox.call(
                    LISTED, {"base_url": base_url, "models": [model]}
                )
            except SandboxError:
                return None
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[key] = from_listed(answer).get(model)
        return self._known[key]


async def cost_of(
    repository: LlmRepository, model: str, *, usage: Usage | None, listed: Price | None
) -> Cost | None:
    """Return the cost of a call; None when its usage or the model's price is unknown."""
    if usage is None:
        return None
    own = await repository.own_price(model)
    price = _own(own) if own is not None else listed
    if price is None:
        return None
    fresh = usage.input - usage.cached_input + usage.further_input
    total = (
        fresh * price.input + usage.cached_input * price.cached_input + usage.output * price.output
    )
    micro = (Decimal(total) / MILLION).quantize(Decimal(1), ROUND_HALF_UP)
    return Cost(micro=int(micro), currency=price.currency)


def _own(row: Row) -> Price:
    """Return a stored price in micro-units per million tokens."""
    cached = row["cached_input"] if row["cached_input"] is not None else row["input"]
    return Price(
        input=int(row["input"] * MILLION), output=int(row["output"] * MILLION), cached_input=int(cached * MILLION),
        currency=row["currency"],
    )  # fmt: skip
