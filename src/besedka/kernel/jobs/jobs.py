"""Jobs of the queue itself, and the jobs that events become."""

from collections.abc import Iterable

import structlog
from pydantic import JsonValue

from besedka.core import events
from besedka.core.module import HandlerSpec, JobContext, JobSpec
from besedka.kernel.jobs import service

log = structlog.get_logger(__name__)

HANDLER_ATTEMPTS = 10
"""With the backoff about a quarter of an hour: a consequence should outlive a restart of what it needs."""


async def clean_up(context: JobContext) -> None:
    """Delete jobs that ended long ago."""
    async with context.runtime.db.system.acquire() as conn:
        deleted = await service.purge(conn)
    if deleted:
        log.info("old jobs deleted", count=deleted)


def of_handlers(handlers: Iterable[HandlerSpec]) -> list[JobSpec]:
    """Return the jobs through which handlers get their events."""
    return [_of_handler(handler) for handler in handlers]


def _of_handler(handler: HandlerSpec) -> JobSpec:
    async def run(context: JobContext, *, data: JsonValue) -> None:
        await handler.run(context, events.decode(handler.event, data))

    return JobSpec(events.JOB_PREFIX + handler.name, run, max_attempts=HANDLER_ATTEMPTS)
