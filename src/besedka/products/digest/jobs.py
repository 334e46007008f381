"""The round of the digest."""

from besedka.core.module import JobContext
from besedka.products.digest import service


async def sweep(context: JobContext) -> None:
    """Write to those who are away and missed something."""
    await service.sweep(context.runtime)
