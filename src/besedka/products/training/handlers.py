"""What training does when something happens elsewhere."""

from besedka.core.module import JobContext
from besedka.kernel.answers.events import QuestionUnanswered
from besedka.products.training.service import gaps


async def note_question(context: JobContext, event: QuestionUnanswered) -> None:
    """Put a question without an answer to those like it; a second time changes nothing."""
    async with context.runtime.db.fast.transaction(event.workspace_id) as conn:
        await gaps.group(conn, event.assistant_id, event.run_id)
