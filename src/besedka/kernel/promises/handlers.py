"""What promises do when something happens to a dialog's labels."""

from besedka.core.module import JobContext
from besedka.kernel.conversations.events import ChatLabelled, ChatUnlabelled, LabelDeleted
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises import service


async def follow_labels(context: JobContext, event: ChatLabelled | ChatUnlabelled) -> None:
    """Let another policy hold for a dialog, if its labels say so; a second time changes nothing."""
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await service.reckon(context.runtime, conn, ConversationId(event.conversation_id))


async def follow_deletion(context: JobContext, _event: LabelDeleted) -> None:
    """Let other policies hold for the dialogs of a label that is gone, and of its policy."""
    async with context.runtime.db.fast.transaction(context.workspace) as conn:
        await service.reckon_later(conn)
