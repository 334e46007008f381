"""Periodic jobs of the wallet."""

from besedka.core.module import JobContext
from besedka.products.wallet import service


async def settle(context: JobContext) -> None:
    """Ask after payments of which nothing was heard, and go on with money that is on its way back."""
    await service.settle_open(context.runtime)
    await service.finish_open(context.runtime)


async def watch(context: JobContext) -> None:
    """Tell people of limits and balances that run out."""
    await service.watch(context.runtime)
