"""Summaries of dialogs: made once, kept, and marked when there is more to tell."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ConversationId
from besedka.products.copilot.errors import NothingSaid
from besedka.products.copilot.repository import SummaryRepository
from besedka.products.copilot.service import prompts
from besedka.products.copilot.service.reading import get_provider, read_talk
from besedka.products.copilot.service.speaking import Call, speak
from besedka.products.copilot.types import Mode, Purpose, Speaker, Summary, Written

MOST_TOKENS = 400


async def find_summary(conn: TenantConn, dialog_id: ConversationId) -> Summary | None:
    """Return the summary that is kept of a dialog, if there is one. Raises ChatNotFound."""
    await read_talk(conn, dialog_id)
    return await SummaryRepository(conn).find(dialog_id)


async def summarize(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, locale: Locale
) -> Summary:
    """Return a summary that knows of all messages: the one that is kept, or a new one.

    Raises ChatNotFound, NothingSaid, NoProvider, LlmError.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        talk = await read_talk(conn, dialog_id)
        kept = await SummaryRepository(conn).find(dialog_id)
    if kept is not None and not kept.newer and kept.locale == locale:
        return kept
    if all(line.speaker is not Speaker.VISITOR for line in talk.lines):
        raise NothingSaid
    provider = await get_provider(runtime, workspace)
    call = Call(provider, prompts.summary(talk, locale=locale), Purpose.SUMMARY, MOST_TOKENS)
    said, run_id = await speak(runtime, workspace, call)
    async with runtime.db.fast.transaction(workspace) as conn:
        repository = SummaryRepository(conn)
        await repository.put(talk, Written(said, Mode.MODEL, run_id=run_id), locale=locale)
        found = await repository.find(dialog_id)
        if found is None:  # a message that it tells of was deleted meanwhile: nothing is kept
            raise NothingSaid
    return found


async def forget_contacts(conn: TenantConn, contacts: Sequence[ActorId]) -> None:
    """Delete the summaries of contacts who are erased."""
    await SummaryRepository(conn).forget(contacts)
