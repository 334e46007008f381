"""What the help does when a dialog goes to people: they find it summed up."""

import structlog

from besedka.core.module import JobContext
from besedka.kernel.answers.events import HandedOff
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.llm.errors import LlmError
from besedka.products.copilot import service
from besedka.products.copilot.errors import NothingSaid

log = structlog.get_logger(__name__)


async def summarize_handoff(context: JobContext, event: HandedOff) -> None:
    """Sum a dialog up that was handed over, where there is a model; a second time the summary is there."""
    runtime, workspace = context.runtime, event.workspace_id
    if not await service.has_model(runtime, workspace):
        return
    try:
        await service.summarize(
            runtime, workspace, ConversationId(event.conversation_id), locale=event.locale
        )
    except (LlmError, NothingSaid, ChatNotFound) as error:
        log.info("no summary at the hand-off", code=error.code)
