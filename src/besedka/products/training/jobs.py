"""Jobs of training."""

from uuid import UUID

from besedka.core.ids import ActorId
from besedka.core.module import JobContext
from besedka.products.training.service import gaps, tests

MOST_BATCHES = 50


async def group(context: JobContext, *, assistant_id: str) -> None:
    """Group the questions of before that an assistant had no answer to."""
    who = ActorId(UUID(assistant_id))
    done = 0
    for _ in range(MOST_BATCHES):
        async with context.runtime.db.fast.acquire(context.workspace) as conn:
            left = await gaps.ungrouped(conn, who)
        for run_id in left:
            async with context.runtime.db.fast.transaction(context.workspace) as conn:
                await gaps.group(conn, who, run_id)
        done += len(left)
        await context.progress(done, done)
        if len(left) < gaps.BATCH:
            return


async def run_tests(context: JobContext, *, run_id: str) -> None:
    """Ask the cases of a test run."""
    await tests.run_tests(
        context.runtime, context.workspace, UUID(run_id), progress=context.progress
    )
