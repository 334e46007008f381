"""What the inbox does when something happens to a dialog."""

from besedka.core.module import JobContext
from besedka.kernel.conversations.events import DialogQueued
from besedka.products.inbox import service


async def give_to_somebody(context: JobContext, event: DialogQueued) -> None:
    """Look for somebody who takes a dialog that came into the queue; a second time finds it taken."""
    async with context.runtime.db.fast.transaction(event.workspace_id) as conn:
        await service.assign(context.runtime, conn)
