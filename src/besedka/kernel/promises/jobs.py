"""The round of the clocks."""

from besedka.core.module import JobContext
from besedka.kernel.promises import service


async def notice(context: JobContext) -> None:
    """Notice what is about to be missed and what was."""
    await service.notice(context.runtime)


async def reckon(context: JobContext) -> None:
    """Reckon the clocks of a workspace's dialogs anew."""
    await service.reckon_all(context.runtime, context.workspace)
