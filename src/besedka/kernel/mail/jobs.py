"""Carrying letters away."""

from uuid import UUID

from besedka.core.module import JobContext
from besedka.kernel.jobs.errors import RetryLater
from besedka.kernel.mail import service
from besedka.kernel.mail.errors import MailUnavailable
from besedka.kernel.mail.types import LetterId

DELAYS = (10.0, 60.0, 300.0, 900.0, 3600.0, 10_800.0, 21_600.0, 43_200.0)
"""Seconds between attempts: a mail server that is away for a night loses nothing."""
ATTEMPTS = len(DELAYS) + 1


async def deliver(context: JobContext, *, letter_id: str) -> None:
    """Try to deliver one letter."""
    letter = LetterId(UUID(letter_id))
    try:
        await service.deliver(context.runtime, letter)
    except MailUnavailable as error:
        if context.last_attempt:
            await service.give_up(context.runtime, letter)
            raise
        raise RetryLater(str(error), after=DELAYS[context.attempt - 1]) from error


async def clean_up(context: JobContext) -> None:
    """Delete old letters."""
    async with context.runtime.db.system.acquire() as conn:
        await service.purge(conn)
