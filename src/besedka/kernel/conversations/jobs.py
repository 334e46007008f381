"""Jobs of conversations."""

from besedka.core.module import JobContext
from besedka.kernel.conversations.service.search import READ_AT_ONCE, read_old_messages

MOST_TURNS = 50


async def read_old(context: JobContext) -> None:
    """Give messages of an older version what they can be found by, some thousands in a run."""
    for _ in range(MOST_TURNS):
        if await read_old_messages(context.runtime) < READ_AT_ONCE:
            return
