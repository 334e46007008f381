"""Working on runs: a lease says who does, the epoch whether there is still somebody to say it to.

The process that accepted a question starts at once; a job that waits five seconds does the same, so that a crash
only delays an answer. What is said has the run's id as its client key: it cannot be said twice.
"""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

import structlog

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.errors import DatabaseAway
from besedka.core.i18n import as_locale, text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.answers.events import QuestionUnanswered
from besedka.kernel.answers.repository.assistants import AssistantRepository
from besedka.kernel.answers.repository.runs import Ended, Place, RunRepository, Said
from besedka.kernel.answers.service.compose import OnText, compose
from besedka.kernel.answers.service.handoff import hand_off
from besedka.kernel.answers.service.language import language_in
from besedka.kernel.answers.service.precedence import Due, FirstWords
from besedka.kernel.answers.service.wishes import wish_for_person
from besedka.kernel.answers.types import (
    WISHED,
    Assistant,
    Draft,
    HandoffReason,
    Mode,
    Question,
    Run,
    RunState,
    Turn,
)
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import EpochChanged
from besedka.kernel.conversations.types import (
    Message,
    Post,
    SharedCompanion,
    Visibility,
)
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge import service as knowledge

log = structlog.get_logger(__name__)

BACKUP_JOB = "answers.answer"
BACKUP_AFTER = timedelta(seconds=5)
LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
HISTORY = 12
_QUOTED = re.compile(r"^> ?", re.MULTILINE)
WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed run with all that its answer is made from."""

    run: Run
    who: Assistant
    question: Question
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class Closing(SharedCompanion):
    """Closes a run in the transaction that stores what came of it."""

    work: Work
    draft: Draft | None
    state: RunState = RunState.DONE

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Close runs."""
        await _close(conn, [each for each, _ in company])


async def answer(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> None:
    """Work on a run unless somebody does: compose, then say it if the dialog is still the assistant's."""
    async with runtime.db.fast.acquire(workspace) as conn:
        run = await RunRepository(conn).claim(run_id, worker=WORKER, seconds=LEASE_SECONDS)
    if run is not None:
        await _answer(runtime, workspace, run)


async def reply(runtime: Runtime, workspace: WorkspaceId, run: Run, asked: Message) -> None:
    """Work on a run that this process holds since the question was stored."""
    await _answer(runtime, workspace, run, asked)


async def _answer(
    runtime: Runtime, workspace: WorkspaceId, run: Run, asked: Message | None = None
) -> None:
    with runtime.get(FirstWords).awaited() as due:
        await _work_on(runtime, workspace, run, asked, due)


async def _work_on(
    runtime: Runtime, workspace: WorkspaceId, run: Run, asked: Message | None, due: Due
) -> None:
    work = await _work(runtime, workspace, run, asked)
    if work is None:
        return
    if work.who.is_away:
        await _stand_aside(runtime, workspace, work)
        return
    if not work.question.text:
        await _pass_on(runtime, workspace, work)
        return
    _tell(runtime, work, "thinking")
    async with _renewed(runtime, workspace, work.run.id):
        await _reply(runtime, workspace, work, due)


async def _stand_aside(runtime: Runtime, workspace: WorkspaceId, work: Work) -> None:
    """Leave a dialog to people whose assistant was put away or deleted, saying so once."""
    await _leave_to_people(
        runtime, workspace, work, None if work.run.person_called else HandoffReason.AWAY
    )


async def _pass_on(runtime: Runtime, workspace: WorkspaceId, work: Work) -> None:
    """Call a person for files without words, unless one was called; a deleted question needs nobody."""
    is_new = work.has_files and not work.run.person_called
    await _leave_to_people(runtime, workspace, work, HandoffReason.FILE if is_new else None)


async def _leave_to_people(
    runtime: Runtime, workspace: WorkspaceId, work: Work, reason: HandoffReason | None
) -> None:
    """Say nothing to a question but why a person is called, when there is a reason to call one."""
    try:
        if reason is not None:
            await _call_person(runtime, workspace, work, reason)
            return
    except EpochChanged:
        log.info("dialog had moved on", run=str(work.run.id))
    await _finish(runtime, workspace, work, RunState.SUPERSEDED, None)


async def still_due(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> datetime | None:
    """Return when an unfinished run may be tried again, None for a finished one."""
    async with runtime.db.fast.acquire(workspace) as conn:
        return await RunRepository(conn).unfinished(run_id)


async def _work(
    runtime: Runtime, workspace: WorkspaceId, run: Run, asked: Message | None = None
) -> Work | None:
    """Read what an answer is made from; None when the assistant was deleted for good meanwhile.

    Who has just stored a dialog's first words knows that nothing was before them.
    """
    who = await _assistant(runtime, workspace, run.assistant_id)
    if who is None:
        async with runtime.db.fast.acquire(workspace) as conn:
            gone = Ended(run.id, RunState.SUPERSEDED, draft=None, version=None)
            await RunRepository(conn).finish([gone], worker=WORKER)
        return None
    newest_first: Sequence[Said]
    if asked is not None and asked.seq == 1:
        newest_first = [Said(1, asked.sender.kind, asked.body, "", asked.attachments is not None)]
    else:
        newest_first = await _said(runtime, workspace, run)
    question, *before = newest_first
    history = tuple(_turn(said) for said in reversed(before) if said.body)
    locale = language_in(question.body, history, fallback=as_locale(run.locale))
    said = Question(text=question.body, locale=locale, history=history)
    return Work(run, who, said, has_files=question.has_files)


async def _said(runtime: Runtime, workspace: WorkspaceId, run: Run) -> Sequence[Said]:
    """Return the end of a dialog, as it was when the question was asked, newest first."""

    async def read(places: Sequence[Place]) -> Mapping[Place, list[Said]]:
        async with runtime.db.fast.acquire(workspace) as conn:
            return await RunRepository(conn).said(places, limit=HISTORY)

    place = (run.conversation_id, run.question_seq)
    return (await runtime.reads.many(("said", workspace), (place,), read))[place]


async def _assistant(
    runtime: Runtime, workspace: WorkspaceId, assistant_id: ActorId
) -> Assistant | None:
    async def read() -> Assistant | None:
        async with runtime.db.fast.acquire(workspace) as conn:
            return await AssistantRepository(conn).find(assistant_id)

    return await runtime.reads.one(("assistant", workspace, assistant_id), read)


def _turn(said: Said) -> Turn:
    return Turn(by_assistant=said.kind != ActorKind.CONTACT, text=said.body, mode=said.mode)


async def _reply(runtime: Runtime, workspace: WorkspaceId, work: Work, due: Due) -> None:
    reason = _news(work, wish_for_person(work.question, work.who.handoff_keywords))
    try:
        if reason is not None:
            await _call_person(runtime, workspace, work, reason)
            return
        draft = await compose(
            runtime, workspace, work.who, work.question, on_text=_streaming(runtime, work, due),
            due=due,
        )  # fmt: skip
        await _say(runtime, workspace, work, draft, due)
    except EpochChanged:
        await _finish(runtime, workspace, work, RunState.SUPERSEDED, None)
        _tell(runtime, work, "done")
    except DatabaseAway:
        raise  # the lease runs out, and the backup job starts the answer again
    except Exception:
        log.exception("answer failed", run=str(work.run.id), attempt=work.run.attempts)
        await _give_up(runtime, workspace, work)
        raise


def _news(work: Work, reason: HandoffReason | None) -> HandoffReason | None:
    """Leave out what a person was called for already; only the wish for one is heard again."""
    return None if work.run.person_called and reason not in WISHED else reason


def _streaming(runtime: Runtime, work: Work, due: Due) -> OnText:
    def on_text(at: int, piece: str) -> None:
        due.hear()
        conversations.announce(
            runtime,
            work.run.conversation_id,
            "message.delta",
            data={"run": str(work.run.id), "at": at, "text": piece},
        )

    return on_text


async def _say(
    runtime: Runtime, workspace: WorkspaceId, work: Work, draft: Draft, due: Due
) -> None:
    """Post the draft and close the run in one transaction, under the epoch that the question had.

    Where others wait for their first word, the draft is shown before that, and they come first.
    """
    reason = _news(work, draft.handoff or await _doubts(runtime, workspace, work, draft))
    if draft.mode is Mode.UNKNOWN and reason is not None:
        await _call_person(runtime, workspace, work, reason, draft)
        return
    said = _words(work, draft)
    if due.others and not due.is_heard:
        _streaming(runtime, work, due)(0, _QUOTED.sub("", said))
    due.end()
    await runtime.get(FirstWords).give_way()
    await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=work.run.conversation_id, sender_id=work.who.id,
            client_key=f"run:{work.run.id}", body=said, visibility=Visibility.PUBLIC,
            meta={
                "run": str(work.run.id), "mode": draft.mode, "confidence": round(draft.confidence, 3),
                "citations": [citation.as_json() for citation in draft.citations],
            },
            expected_epoch=work.run.epoch, companion=Closing(work, draft), as_member=False,
        ),
    )  # fmt: skip
    _tell(runtime, work, "done")
    if reason is not None:
        await hand_off(
            runtime, workspace, work.run.conversation_id, reason=reason, speaker=work.who.id, locale=draft.locale,
            expected_epoch=work.run.epoch,
        )  # fmt: skip


def _words(work: Work, draft: Draft) -> str:
    """Return the draft's words; who was told of a person already is not told to call one."""
    if draft.text == text(draft.locale, "answers.unknown") and work.run.person_called:
        return text(draft.locale, "answers.unknown_called")
    return draft.text


async def _doubts(
    runtime: Runtime, workspace: WorkspaceId, work: Work, draft: Draft
) -> HandoffReason | None:
    """A second question running that the documents do not cover goes to a person."""
    if draft.mode is not Mode.UNKNOWN:
        return None
    async with runtime.db.fast.acquire(workspace) as conn:
        before = await RunRepository(conn).recent_modes(work.run.conversation_id, limit=1)
    return HandoffReason.LOW_CONFIDENCE if before == [Mode.UNKNOWN] else None


async def _call_person(
    runtime: Runtime,
    workspace: WorkspaceId,
    work: Work,
    reason: HandoffReason,
    draft: Draft | None = None,
) -> None:
    """Hand the dialog over instead of an answer, and close the run in the same transaction."""
    said = draft or Draft(text="", mode=Mode.HANDOFF, confidence=0.0, locale=work.question.locale)

    async def close_run(conn: TenantConn, _message: Message) -> None:
        await _close(conn, [Closing(work, said)])

    await hand_off(
        runtime, workspace, work.run.conversation_id, reason=reason, speaker=work.who.id, locale=work.question.locale,
        expected_epoch=work.run.epoch, companion=close_run,
    )  # fmt: skip
    _tell(runtime, work, "done")


async def _give_up(runtime: Runtime, workspace: WorkspaceId, work: Work) -> None:
    """After an unforeseen failure: an honest sentence and a person, once."""
    try:
        await hand_off(
            runtime, workspace, work.run.conversation_id, reason=HandoffReason.FAILURE, speaker=work.who.id,
            locale=work.question.locale, expected_epoch=work.run.epoch,
        )  # fmt: skip
    except EpochChanged:
        log.info("dialog had moved on", run=str(work.run.id))
    await _finish(runtime, workspace, work, RunState.FAILED, None)
    _tell(runtime, work, "failed")


async def _finish(
    runtime: Runtime, workspace: WorkspaceId, work: Work, state: RunState, draft: Draft | None
) -> None:
    async with runtime.db.fast.transaction(workspace) as conn:
        await _close(conn, [Closing(work, draft, state)])


async def _close(conn: TenantConn, closings: Sequence[Closing]) -> None:
    ended = [
        Ended(
            each.work.run.id, each.state, each.draft, each.work.who.prompt_version_id,
            each.work.who.threshold,
        )
        for each in closings
    ]  # fmt: skip
    await RunRepository(conn).finish(ended, worker=WORKER)
    for each in closings:
        if each.draft is not None and each.draft.mode is Mode.UNKNOWN:
            run, who = each.work.run.id, each.work.who.id
            await events.publish(
                conn,
                QuestionUnanswered(workspace_id=conn.workspace, run_id=run, assistant_id=who),
            )
    await jobs.drop(conn, *(backup_key(each.work.run.id) for each in closings))
    drafts = [each.draft for each in closings if each.draft is not None]
    await knowledge.note_use(
        conn, [(each.passages, [cited.chunk_id for cited in each.citations]) for each in drafts]
    )


def backup_key(run_id: UUID) -> str:
    """Return the key under which a run's backup job waits."""
    return f"{BACKUP_JOB}:{run_id}"


def _tell(runtime: Runtime, work: Work, state: str) -> None:
    conversations.announce(
        runtime, work.run.conversation_id, "run", data={"run": str(work.run.id), "state": state}
    )


@asynccontextmanager
async def _renewed(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> AsyncIterator[None]:
    """Keep the lease while the block runs. Most answers are ready before that takes a task."""
    tasks: list[asyncio.Task[None]] = []

    async def renew() -> None:
        held = True
        while held:
            async with runtime.db.fast.acquire(workspace) as conn:
                held = await RunRepository(conn).renew(run_id, worker=WORKER, seconds=LEASE_SECONDS)
            await asyncio.sleep(RENEW_SECONDS)

    def begin() -> None:
        tasks.append(runtime.background.spawn(renew(), name=f"lease {run_id}"))

    timer = asyncio.get_running_loop().call_later(RENEW_SECONDS, begin)
    try:
        yield
    finally:
        timer.cancel()
        for task in tasks:
            task.cancel()
