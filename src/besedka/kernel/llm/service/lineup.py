"""Who is asked, and who is asked next: providers of the installation that have the same model, in the host's order."""

from collections.abc import Sequence

from besedka.core.runtime import Runtime
from besedka.kernel.llm.breakers import Breakers, Gate
from besedka.kernel.llm.prices import Price
from besedka.kernel.llm.service.costs import list_price
from besedka.kernel.llm.service.providers import Provider, Whose, has_model, installed_providers


async def line_up(runtime: Runtime, provider: Provider, model: str) -> Sequence[Provider]:
    """Return whom to ask for a model: who was chosen, then who can stand in; those that keep failing are last.

    Nobody stands in for a key of a workspace or a person. Where balances are charged, nobody does whose price is unknown, is
    of another currency, or is to be paid where the chosen one is free: what was held has to do.
    """
    if provider.whose is not Whose.INSTALLATION:
        return [provider]
    others = [
        each
        for each in await installed_providers(runtime)
        if each.name != provider.name and has_model(runtime, each, model)
    ]
    if runtime.settings.billing:
        agreed = await list_price(runtime, provider, model)
        others = [
            each for each in others if _is_within(agreed, await list_price(runtime, each, model))
        ]
    if not others:
        return [provider]
    breakers = runtime.get(Breakers)
    line = [provider, *others]
    return sorted(line, key=lambda each: breakers.gate((each.name, model)) is Gate.OPEN)


def _is_within(agreed: Price | None, asked: Price | None) -> bool:
    if asked is None:
        return False
    is_free = agreed is not None and not (agreed.input or agreed.output)
    return (agreed is None or asked.currency == agreed.currency) and not (
        is_free and (asked.input or asked.output)
    )
