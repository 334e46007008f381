"""Jobs of accounts."""

from besedka.core.module import JobContext
from besedka.kernel.accounts import service


async def send_reset(context: JobContext, email: str, locale: str) -> None:
    """Send the letter with a link to set a new password, if somebody has the address."""
    await service.send_reset(context.runtime, email, locale)


async def clean_up(context: JobContext) -> None:
    """Delete sessions, tokens, links and kept answers that ended long ago."""
    async with context.runtime.db.system.acquire() as conn:
        await service.sweep(conn)
        await service.forget_answers(conn)
