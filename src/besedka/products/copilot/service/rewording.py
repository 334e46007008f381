"""Other words for a draft, and another language."""

from besedka.core.i18n import Locale
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ConversationId
from besedka.products.copilot.errors import NothingSaid
from besedka.products.copilot.service import prompts
from besedka.products.copilot.service.reading import get_provider, read_talk
from besedka.products.copilot.service.speaking import Call, OnText, speak, unheard
from besedka.products.copilot.types import How, Mode, Purpose, Speaker, To, Written

MOST_TOKENS = 8000
SAMPLE = 5
"""Messages that show which language a visitor speaks."""


async def rewrite(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, text: str, how: How,
    on_text: OnText = unheard,
) -> Written:  # fmt: skip
    """Return a draft in other words. Raises ChatNotFound, NoProvider, LlmError."""
    async with runtime.db.fast.acquire(workspace) as conn:
        await read_talk(conn, dialog_id)
    provider = await get_provider(runtime, workspace)
    call = Call(provider, prompts.rewriting(text, how), Purpose.REWRITE, _most(text))
    said, run_id = await speak(runtime, workspace, call, on_text)
    return Written(said, Mode.MODEL, run_id=run_id)


async def translate(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, text: str, to: To, locale: Locale,
    on_text: OnText = unheard,
) -> Written:  # fmt: skip
    """Return a text in the reader's language, `locale`, or in the visitor's. Raises ChatNotFound, NothingSaid, NoProvider, LlmError."""
    async with runtime.db.fast.acquire(workspace) as conn:
        talk = await read_talk(conn, dialog_id)
    sample = [line for line in talk.lines if line.speaker is Speaker.VISITOR][-SAMPLE:]
    if to is To.VISITOR and not sample:
        raise NothingSaid
    provider = await get_provider(runtime, workspace)
    messages = prompts.translation(text, locale=locale if to is To.MINE else None, sample=sample)
    call = Call(provider, messages, Purpose.TRANSLATE, _most(text))
    said, run_id = await speak(runtime, workspace, call, on_text)
    return Written(said, Mode.MODEL, run_id=run_id)


def _most(text: str) -> int:
    return min(MOST_TOKENS, 300 + len(text))
