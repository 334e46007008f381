"""Deliveries, and forgetting old ones."""

from uuid import UUID

from besedka.core.module import JobContext
from besedka.products.webhooks import service

ATTEMPTS = len(service.DELAYS) + 1


async def deliver(context: JobContext, *, delivery_id: str) -> None:
    """Make the next attempt at a delivery."""
    await service.deliver(
        context.runtime, context.workspace, UUID(delivery_id), attempt=context.attempt
    )


async def clean_up(context: JobContext) -> None:
    """Delete the log of long ago."""
    async with context.runtime.db.system.acquire() as conn:
        await service.purge(conn)
