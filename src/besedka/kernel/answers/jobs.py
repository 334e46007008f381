"""The job behind every run, and the one that empties the trash."""

from datetime import timedelta
from uuid import UUID

from besedka.core import clock
from besedka.core.module import JobContext
from besedka.kernel.answers.errors import AssistantNotFound
from besedka.kernel.answers.repository import removal
from besedka.kernel.answers.service import removal as service
from besedka.kernel.answers.service.engine import BACKUP_JOB, answer, still_due
from besedka.kernel.jobs import service as jobs

PURGED_AT_ONCE = 100
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


async def purge(context: JobContext) -> None:
    """Delete for good the assistants of all workspaces that have lain in the trash for too long."""
    before = clock.now() - service.KEPT_FOR
    async with context.runtime.db.system.acquire() as conn:
        old = await removal.old(conn, before=before, limit=PURGED_AT_ONCE)
    for workspace, assistant_id in old:
        async with context.runtime.db.fast.transaction(workspace) as tenant:
            try:
                await service.destroy_assistant(tenant, assistant_id, author=None)
            except AssistantNotFound:
                continue  # somebody had it back, or deleted it for good
