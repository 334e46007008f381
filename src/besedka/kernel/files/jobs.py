"""Removing bytes that nobody needs."""

import structlog

from besedka.core.module import JobContext
from besedka.kernel.files import service

log = structlog.get_logger(__name__)


async def erase(context: JobContext, *, key: str) -> None:
    """Remove the bytes of a deleted file."""
    await service.erase(context.runtime, key)


async def sweep(context: JobContext) -> None:
    """Remove what was left behind."""
    removed = await service.sweep(context.runtime)
    if removed:
        log.info("stray files removed", count=removed)


async def expire(context: JobContext) -> None:
    """Forget uploads whose time is over, and delete unused files that are older than their workspace keeps such."""
    await service.sweep_uploads(context.runtime)
    removed = await service.expire(context.runtime)
    if removed:
        log.info("unused files deleted", count=removed)
