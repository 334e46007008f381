"""Jobs of conversations."""

from uuid import UUID

from besedka.core.module import JobContext
from besedka.kernel.conversations import service
from besedka.kernel.conversations.service.attachments import drop_files as drop
from besedka.kernel.conversations.service.search import READ_AT_ONCE, read_old_messages

MOST_TURNS = 50


async def purge_trash(context: JobContext) -> None:
    """Delete chats that have waited in the trash for long enough."""
    await service.purge_trash(context.runtime)


async def purge_temporary(context: JobContext) -> None:
    """Delete temporary chats that nobody went on with."""
    await service.purge_temporary(context.runtime)


async def drop_files(context: JobContext, *, files: list[str]) -> None:
    """Delete files of deleted messages, as far as nothing refers to them."""
    await drop(context.runtime, context.workspace, [UUID(each) for each in files])


async def read_old(context: JobContext) -> None:
    """Give messages of an older version what they can be found by, some thousands in a run."""
    for _ in range(MOST_TURNS):
        if await read_old_messages(context.runtime) < READ_AT_ONCE:
            return
