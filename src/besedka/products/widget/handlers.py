"""What the widget does when something happens elsewhere."""

from besedka.core.module import JobContext
from besedka.kernel.answers.events import AssistantCreated
from besedka.products.widget import service


async def give_widget(context: JobContext, event: AssistantCreated) -> None:
    """Make the widget of a new assistant; a second time changes nothing."""
    async with context.runtime.db.orm.session(event.workspace_id) as session:
        await service.ensure_widget(
            session, event.workspace_id, event.assistant_id, name=event.name
        )
