"""The jobs behind answers, summaries and imports."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from besedka.core import clock
from besedka.core.ids import ActorId
from besedka.core.module import JobContext
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.jobs import service as jobs
from besedka.products.chat import service

MARGIN: Final = timedelta(seconds=1)
ATTEMPTS: Final = 6


async def purge_shares(context: JobContext) -> None:
    """Forget links to chats that have expired."""
    await service.purge_shares(context.runtime)


async def answer_left_over(context: JobContext, *, run_id: str) -> None:
    """Make an answer that nobody finished; while somebody holds its lease, look again when that is over."""
    run = UUID(run_id)
    await service.answer(context.runtime, context.workspace, run)
    left = await service.seconds_left(context.runtime, context.workspace, run)
    if left is None:
        return
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await jobs.defer(
            conn, service.JOB, {"run_id": run_id}, workspace_id=context.workspace,
            run_at=clock.now() + timedelta(seconds=left) + MARGIN,
        )  # fmt: skip


async def sum_up(
    context: JobContext, *, chat: str, until: int, model: str, asker: str, anew: bool
) -> None:
    """Have what was said until a turn summed up."""
    await service.sum_up(
        context.runtime, context.workspace, ConversationId(UUID(chat)), until=until, model=model,
        asker=ActorId(UUID(asker)), anew=anew,
    )  # fmt: skip


async def take_in(context: JobContext, *, import_id: str) -> None:
    """Take in chats from elsewhere."""
    await service.take_in(context, UUID(import_id))
