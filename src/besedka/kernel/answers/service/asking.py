"""Asking: a visitor's question that gets a run, and a test question that leaves no trace."""

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers.repository.runs import RunRepository
from besedka.kernel.answers.service.assistants import get_assistant
from besedka.kernel.answers.service.compose import OnText, compose
from besedka.kernel.answers.service.engine import BACKUP_AFTER, BACKUP_JOB, answer, backup_key
from besedka.kernel.answers.service.handoff import hand_back
from besedka.kernel.answers.service.language import language_of
from besedka.kernel.answers.types import Draft, Question
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Conversation, DialogState, Message, Post
from besedka.kernel.jobs import service as jobs


async def ask(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId, question: str, *, locale: Locale,
    on_text: OnText | None = None,
) -> Draft:  # fmt: skip
    """Return what an assistant would say to a stranger's question. Raises AssistantNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        who = await get_assistant(conn, assistant_id)
    asked = Question(text=question, locale=language_of(question, locale))
    return await compose(runtime, workspace, who, asked, on_text=on_text)


async def post_question(
    runtime: Runtime, workspace: WorkspaceId, dialog: Conversation, *, contact: ActorId, assistant: ActorId,
    client_key: str, body: str,
) -> Message:  # fmt: skip
    """Store a visitor's message; while the assistant has the dialog, its reply's run and backup job with it.

    A resolved dialog is opened again for the assistant.
    """
    run_id = new_id()
    queued = False

    async def with_run(conn: TenantConn, message: Message) -> None:
        nonlocal queued
        if dialog.state == DialogState.RESOLVED:
            await hand_back(runtime, conn, dialog.id)
        queued = await RunRepository(conn).insert(run_id, dialog.id, message.seq, assistant)
        if queued:
            await jobs.defer(
                conn, BACKUP_JOB, {"run_id": str(run_id)}, workspace_id=workspace,
                run_at=clock.now() + BACKUP_AFTER, unique_key=backup_key(run_id),
            )  # fmt: skip

    message = await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=dialog.id, sender_id=contact, client_key=client_key, body=body,
            companion=with_run,
        ),
    )  # fmt: skip
    if queued:
        runtime.background.spawn(answer(runtime, workspace, run_id), name=f"answer {run_id}")
    return message
