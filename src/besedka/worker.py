"""A process that only runs jobs."""

import asyncio

import structlog

from besedka.boot import PATIENCE, Boot
from besedka.core import logging, memory
from besedka.core.config import Settings

log = structlog.get_logger(__name__)


async def work_until(stop: asyncio.Event, settings: Settings) -> None:
    """Run jobs until asked to stop; what is unfinished then goes back to the queue."""
    logging.set_up(settings)
    async with Boot(settings, works=True, patience=PATIENCE).running():
        memory.settle()
        log.info("worker started")
        await stop.wait()
    log.info("worker stopped")
