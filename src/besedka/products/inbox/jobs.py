"""The inbox's jobs: waking what was snoozed, and giving what waits to those who are there."""

from uuid import UUID

from besedka.core.module import JobContext
from besedka.kernel.conversations.types import ConversationId
from besedka.products.inbox import service


async def wake(context: JobContext, *, dialog: str, epoch: int) -> None:
    """Open a snoozed dialog, unless somebody has moved it since."""
    await service.wake(
        context.runtime, context.workspace, ConversationId(UUID(dialog)), epoch=epoch
    )


async def assign_queue(context: JobContext) -> None:
    """Give the dialogs of a workspace's queue to people."""
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await service.assign(context.runtime, conn)


async def sweep(context: JobContext) -> None:
    """Take dialogs from those who have gone, and give what waits to those who are there."""
    await service.sweep(context.runtime)
