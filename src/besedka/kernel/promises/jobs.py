"""The round of the clocks."""

from besedka.core.module import JobContext
from besedka.kernel.promises import service

MOST_BATCHES = 4000


async def notice(context: JobContext) -> None:
    """Notice what is about to be missed and what was."""
    await service.notice(context.runtime)


async def reckon(context: JobContext) -> None:
    """Reckon the clocks of a workspace's dialogs anew, some at a time."""
    last = None
    for _ in range(MOST_BATCHES):
        async with context.runtime.db.fast.transaction(context.workspace) as conn:
            last = await service.reckon_some(context.runtime, conn, after=last)
        if last is None:
            return
