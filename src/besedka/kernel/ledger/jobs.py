"""Periodic jobs of the ledger."""

import structlog

from besedka.core.module import JobContext
from besedka.kernel.ledger import service

log = structlog.get_logger(__name__)


async def expire_holds(context: JobContext) -> None:
    """Free what was held for work that never ended."""
    async with context.runtime.db.system.acquire() as conn:
        freed = await service.expire_holds(conn)
    if freed:
        log.info("holds expired", count=freed)


async def take_back_expired(context: JobContext) -> None:
    """Take back money whose time is over."""
    await service.take_back_expired(context.runtime)


async def check(context: JobContext) -> None:
    """Compare the kept balances with the books."""
    await service.check(context.runtime)
