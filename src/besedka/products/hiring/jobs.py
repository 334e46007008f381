"""Jobs of hiring."""

from uuid import UUID

from besedka.core.module import JobContext
from besedka.products.hiring.service import (
    applying,
    candidates,
    judging,
    keeping,
    letters,
    reminding,
    trying,
)


async def sweep(context: JobContext) -> None:
    """Forget candidates who applied nowhere, those whose applications are not to be kept any longer, and what was tried out."""
    await trying.sweep(context.runtime)
    await candidates.sweep_intake(context.runtime)
    await keeping.expire(context.runtime)


async def send_letter(context: JobContext, *, letter_id: str) -> None:
    """Send a letter to a candidate, unless it was taken back."""
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await letters.send(context.runtime, conn, UUID(letter_id))


async def remind(context: JobContext) -> None:
    """Remind the candidates of interviews that nobody goes on with."""
    await reminding.remind_all(context.runtime)


async def judge(context: JobContext, *, response_id: str) -> None:
    """Weigh an interview's answers with a model."""
    await judging.judge(
        context.runtime, context.workspace, UUID(response_id), last=context.last_attempt
    )


async def drop_resume(context: JobContext, *, file_id: str) -> None:
    """Forget a résumé that was read and that nobody applied with."""
    await applying.drop_resume(context.runtime, context.workspace, UUID(file_id))
