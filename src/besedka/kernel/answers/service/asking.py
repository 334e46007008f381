"""Asking: a visitor's message that gets a run, and a test question that leaves no trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import Locale
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers.repository.runs import Asked, RunRepository
from besedka.kernel.answers.service.compose import Consulted, OnText, compose, consult
from besedka.kernel.answers.service.engine import (
    BACKUP_AFTER,
    BACKUP_JOB,
    LEASE_SECONDS,
    WORKER,
    backup_key,
    reply,
)
from besedka.kernel.answers.service.handoff import open_for_visitor
from besedka.kernel.answers.service.language import language_in
from besedka.kernel.answers.types import Assistant, Draft, Question, Run, Turn
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Message, SharedCompanion
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


@dataclass(frozen=True, slots=True)
class Replying(SharedCompanion):
    """Begins the assistant's replies to visitors' messages, in the transaction that stores these."""

    runtime: Runtime

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Begin them, with a job behind each for when this process is gone before it has replied.

        Nothing is begun while people have the dialog, or were wished for. A resolved or snoozed one is opened again.
        """
        (each, _), *_ = company
        asked = {new_id(): message for _, message in company}
        runs = await _begin(each.runtime, conn, asked)
        if not runs:
            return
        await jobs.defer_several(
            conn,
            BACKUP_JOB,
            {backup_key(run.id): {"run_id": str(run.id)} for run in runs},
            run_at=clock.now() + BACKUP_AFTER,
        )
        for run in runs:
            conn.on_commit(partial(_start, each.runtime, conn.workspace, run, asked[run.id]))


async def _begin(
    runtime: Runtime, conn: TenantConn, asked: Mapping[UUID, Message]
) -> Sequence[Run]:
    """Begin replies; dialogs in which nobody answers are opened for their visitors first, where that may be."""
    runs = await _insert(conn, asked)
    begun = {run.id for run in runs}
    opened: set[ConversationId] = set()
    again: dict[UUID, Message] = {}
    for run_id, message in asked.items():
        chat = message.conversation_id
        if run_id in begun:
            continue
        if chat in opened or await _open(runtime, conn, chat):
            opened.add(chat)
            again[run_id] = message
    return [*runs, *await _insert(conn, again)] if again else runs


async def _open(runtime: Runtime, conn: TenantConn, chat: ConversationId) -> bool:
    return await open_for_visitor(runtime, conn, await conversations.get_conversation(conn, chat))


async def _insert(conn: TenantConn, asked: Mapping[UUID, Message]) -> list[Run]:
    questions = [
        Asked(run_id, message.conversation_id, message.seq) for run_id, message in asked.items()
    ]
    return await RunRepository(conn).insert(questions, worker=WORKER, seconds=LEASE_SECONDS)


def _start(runtime: Runtime, workspace: WorkspaceId, run: Run, message: Message) -> None:
    runtime.background.spawn(reply(runtime, workspace, run, message), name=f"answer {run.id}")
