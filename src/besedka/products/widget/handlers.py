"""What the widget does when something happens elsewhere."""

from besedka.core.ids import ActorId
from besedka.core.module import HandlerSpec, JobContext
from besedka.kernel.answers.events import AssistantCreated
from besedka.kernel.conversations.types import ConversationId
from besedka.products.inbox.events import DialogStarted
from besedka.products.widget import service


async def give_widget(context: JobContext, event: AssistantCreated) -> None:
    """Make the widget of a new assistant; a second time changes nothing."""
    async with context.runtime.db.orm.session(event.workspace_id) as session:
        await service.ensure_widget(
            session, event.workspace_id, event.assistant_id, name=event.name
        )


async def show_started(context: JobContext, event: DialogStarted) -> None:
    """Let a contact's widgets show the dialog that people have begun with them; one that goes on stays."""
    async with context.runtime.db.fast.transaction(event.workspace_id) as conn:
        await service.show_dialog(
            context.runtime, conn, ActorId(event.contact_id), ConversationId(event.dialog_id)
        )


STARTED = HandlerSpec(DialogStarted, "widget.show_started", show_started)
