"""Asking: a visitor's message that gets a run, and a test question that leaves no trace."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers.repository.runs import RunRepository
from besedka.kernel.answers.service.compose import Consulted, OnText, compose, consult
from besedka.kernel.answers.service.engine import BACKUP_AFTER, BACKUP_JOB, answer, backup_key
from besedka.kernel.answers.service.handoff import open_for_visitor
from besedka.kernel.answers.service.language import language_in
from besedka.kernel.answers.types import Assistant, Draft, Question, Turn
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Message
from besedka.kernel.jobs import service as jobs


async def ask(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: str, *, locale: Locale,
    history: tuple[Turn, ...] = (), on_text: OnText | None = None,
) -> Draft:  # fmt: skip
    """Return what an assistant would say to a stranger's question, after what was said before."""
    asked = _asked(question, locale, history)
    return await compose(runtime, workspace, who, asked, on_text=on_text)


async def try_out(
    runtime: Runtime, workspace: WorkspaceId, who: Assistant, question: str, *, locale: Locale,
    history: tuple[Turn, ...] = (), also: Sequence[UUID] = (),
) -> Consulted:  # fmt: skip
    """The same with all that it was made from; `also` are more collections to look into."""
    asked = _asked(question, locale, history)
    return await consult(runtime, workspace, who, asked, also=also)


def _asked(question: str, locale: Locale, history: tuple[Turn, ...]) -> Question:
    return Question(
        text=question, locale=language_in(question, history, fallback=locale), history=history
    )


async def queue_reply(runtime: Runtime, conn: TenantConn, message: Message) -> None:
    """Queue the assistant's reply to a visitor's message, in the transaction that stores it.

    Nothing is queued while people have the dialog, or were wished for. A resolved or snoozed one is opened again. After the commit
    this process starts the reply; the backup job is for when it is gone by then.
    """
    run_id = new_id()
    if not await _insert(runtime, conn, message, run_id):
        return
    await jobs.defer(
        conn,
        BACKUP_JOB,
        {"run_id": str(run_id)},
        run_at=clock.now() + BACKUP_AFTER,
        unique_key=backup_key(run_id),
    )
    conn.on_commit(partial(_start, runtime, conn.workspace, run_id))


async def _insert(runtime: Runtime, conn: TenantConn, message: Message, run_id: UUID) -> bool:
    runs = RunRepository(conn)
    if await runs.insert(run_id, message.conversation_id, question_seq=message.seq):
        return True
    dialog = await conversations.get_conversation(conn, message.conversation_id)
    if not await open_for_visitor(runtime, conn, dialog):
        return False
    return await runs.insert(run_id, dialog.id, question_seq=message.seq)


def _start(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> None:
    runtime.background.spawn(answer(runtime, workspace, run_id), name=f"answer {run_id}")
