"""The job behind every run."""

from datetime import timedelta
from uuid import UUID

from besedka.core.module import JobContext
from besedka.kernel.answers.service.engine import BACKUP_JOB, answer, still_due
from besedka.kernel.jobs import service as jobs

MARGIN = timedelta(seconds=1)
ATTEMPTS = 6
"""A kill of the worker or of the database costs one: a visitor's answer should outlive a bad minute."""


async def answer_left_over(context: JobContext, *, run_id: str) -> None:
    """Work on a run that nobody finished; while somebody holds its lease, look again when that is over."""
    run = UUID(run_id)
    await answer(context.runtime, context.workspace, run)
    due = await still_due(context.runtime, context.workspace, run)
    if due is None:
        return
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await jobs.defer(
            conn,
            BACKUP_JOB,
            {"run_id": run_id},
            workspace_id=context.workspace,
            run_at=due + MARGIN,
        )
