"""What a call cost: by the workspace's own price first, then by the offline list; unknown stays unknown."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from besedka.core.db.connection import Row
from besedka.core.runtime import Runtime
from besedka.core.sandbox.errors import SandboxError
from besedka.kernel.llm.catalog import Catalog
from besedka.kernel.llm.prices import Price, from_listed
from besedka.kernel.llm.service.providers import Provider
from besedka.kernel.llm.types import Cost, Usage
from besedka.kernel.llm.wires.choosing import is_official

MILLION = 1_000_000
LISTED = "llm.prices"
KNOWN = 1000


class Prices:
    """The list prices that this process has asked for. The list is read in a child process: it is large."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Price | None] = {}

    async def find(self, runtime: Runtime, base_url: str, model: str) -> Price | None:
        """Return the list price of a model at an address, or None."""
        return (await self.find_all(runtime, base_url, [model])).get(model)

    async def find_all(
        self, runtime: Runtime, base_url: str, models: Sequence[str]
    ) -> Mapping[str, Price]:
        """Return the list prices of models at an address, those that are known: read together."""
        new = [model for model in models if (base_url, model) not in self._known]
        if new:
            try:
                answer = await runtime.sandbox.call(
                    LISTED, {"base_url": base_url, "models": [*new]}
                )
            except SandboxError:
                return {}
            found = from_listed(answer)
            self._keep({(base_url, model): found.get(model) for model in new})
        known = {model: self._known.get((base_url, model)) for model in models}
        return {model: price for model, price in known.items() if price is not None}

    def _keep(self, prices: Mapping[tuple[str, str], Price | None]) -> None:
        if len(self._known) + len(prices) > KNOWN:
            self._known.clear()
        self._known.update(prices)


async def list_price(runtime: Runtime, provider: Provider, model: str) -> Price | None:
    """Return what a provider asks for a model: by the host's word or file, the package's list, our own list, in this order."""
    if (served := provider.find_served(model)) is not None and served.price is not None:
        return served.price
    known = runtime.get(Catalog).find(provider.kind, model)
    if known is not None and known.by_host:
        return known.price
    listed = await runtime.get(Prices).find(runtime, provider.base_url, model)
    if listed is None and known is not None and is_official(provider.kind, provider.base_url):
        return known.price
    return listed


def cost_of(price: Price | None, usage: Usage | None) -> Cost | None:
    """Return the cost of a call; None when its usage or the model's price is unknown."""
    if usage is None or price is None:
        return None
    micro = (Decimal(price.of(usage)) / MILLION).quantize(Decimal(1), ROUND_HALF_UP)
    return Cost(micro=int(micro), currency=price.currency)


def own_price(row: Row) -> Price:
    """Return a stored price in micro-units per million tokens."""
    cached = row["cached_input"] if row["cached_input"] is not None else row["input"]
    return Price(
        input=int(row["input"] * MILLION), output=int(row["output"] * MILLION), cached_input=int(cached * MILLION),
        currency=row["currency"],
    )  # fmt: skip
