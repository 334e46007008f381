"""Making answers: a lease says who does. The process that accepted a question starts at once; a job that waits does the
same, so that a crash only delays the answer, once. What is said has the run's id as its key: it cannot be said twice.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final, Self
from uuid import UUID

import structlog
from pydantic import JsonValue

from besedka.core.clock import monotonic
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError, Conflict, DatabaseAway
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.answers.types import ASSISTANTS_READ, Draft
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import LONGEST_BODY, Message, Post, SharedCompanion
from besedka.kernel.jobs import service as jobs
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.types import ChatRequest, FinishReason, RefusalDelta, TextDelta, Usage
from besedka.products.chat.errors import AnswerEmpty, AnswerInterrupted
from besedka.products.chat.repository import BranchRepository, RunRepository
from besedka.products.chat.service import advising, money
from besedka.products.chat.service.choosing import Adviser, Answerer, Chosen, choose
from besedka.products.chat.service.context import Context, find_setup, read_context
from besedka.products.chat.service.failing import kept_failure
from besedka.products.chat.service.live import Live, Lives
from besedka.products.chat.service.summing import want_summary
from besedka.products.chat.types import Asker, End, Run, RunState, Setup, Turn

log = structlog.get_logger(__name__)

JOB: Final = "chat.answer"
BACKUP_AFTER: Final = timedelta(seconds=5)
LEASE_SECONDS: Final = 15.0
KEEP_SECONDS: Final = 1.0
"""How often what was said is kept, and looked whether to stop."""
MOST_ATTEMPTS: Final = 2
PURPOSE: Final = "chat"
WORKER: Final = f"{socket.gethostname()}:{os.getpid()}"
_ENDS: Final = {FinishReason.LENGTH: End.LENGTH, FinishReason.CONTENT_FILTER: End.FILTER}


@dataclass(slots=True)
class Said:
    """What came of calling a model. `records` are of the calls, written down with the answer."""

    end: End = End.STOP
    failure: str | None = None
    usage: Usage | None = None
    llm_run_id: UUID | None = None
    model: llm.UsableModel | None = None
    records: Sequence[llm.EndedRun] = ()
    instead_of: tuple[str, ...] = ()
    """What providers are called that were asked before and did not answer."""
    retry_after: float | None = None


class Superseded(Conflict):
    """Somebody else has the run by now."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What was found out when an answer was asked for: its model, how the chat is answered, the branch up to the question.

    Where somebody pays for it, also what it may cost, and what the model reads. `is_new`: the question was never answered.
    """

    chosen: Answerer
    setup: Setup
    turns: tuple[Turn, ...]
    quote: money.Quote | None = None
    context: Context | None = None
    speaker: ActorId | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A run with its lease, what its answer is made from, and who says it; `ready` if that was found out before."""

    runtime: Runtime
    workspace: WorkspaceId
    run: Run
    setup: Setup
    turns: tuple[Turn, ...]
    speaker: ActorId
    live: Live
    ready: Ready | None


@dataclass(frozen=True, slots=True)
class Closing(SharedCompanion):
    """Takes the money for an answer and closes its run, in the transaction that stores it.

    Where some of the branch had no room, what was said `until` a turn is to be summed up.
    """

    work: Work
    said: Said
    state: RunState
    until: int | None = None

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Close the runs of answers. Raises Superseded."""
        await _close(conn, company)

    async def write_paid(self, conn: TenantConn, message: Message) -> None:
        """Do it for one, and lock the wallet."""
        await _close(conn, [(self, message)])

    def run(self, message: Message | None) -> Run:
        """Return the run as it has ended."""
        run = self.work.run
        seq = None if message is None else message.seq
        return replace(
            run, state=self.state, answer_seq=seq, failure=kept_failure(self.said.failure, self.said.retry_after), partial="",
            answer=None if message is None else self._turn(message),
        )  # fmt: skip

    def _turn(self, message: Message) -> Turn | None:
        """Return the answer as it is read, where it is the only one to its question."""
        if self.work.ready is None or not self.work.ready.is_new:
            return None
        return Turn(
            seq=message.seq, parent_seq=self.work.run.question_seq, is_answer=True, id=message.id, text=message.body,
            meta=json.loads(message.meta), siblings=(message.seq,), created_at=message.created_at,
        )  # fmt: skip


def begin(runtime: Runtime, workspace: WorkspaceId, run: Run, ready: Ready) -> None:
    """Work in the background on a run that this process has the lease of; who reads along finds it at once."""
    live = runtime.get(Lives).begin(run)
    work = _answer(runtime, workspace, run, live=live, setup=ready.setup, ready=ready)
    runtime.background.spawn(work, name=f"chat {run.id}")


async def answer(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> None:
    """Work on a run unless somebody does."""
    async with runtime.db.fast.acquire(workspace) as conn:
        run = await RunRepository(conn).claim(run_id, worker=WORKER, seconds=LEASE_SECONDS)
        if run is None:
            return
        setup = await find_setup(runtime, conn, run.conversation_id, run.asker_id)
    live = runtime.get(Lives).begin(run)
    await _answer(runtime, workspace, run, live=live, setup=setup)


async def _answer(
    runtime: Runtime, workspace: WorkspaceId, run: Run, *, live: Live, setup: Setup, ready: Ready | None = None
) -> None:  # fmt: skip
    try:
        turns, speaker = (ready.turns, ready.speaker) if ready else (None, None)
        if turns is None or speaker is None:
            async with runtime.db.fast.acquire(workspace) as conn:
                speaker = await accounts.ensure_system_actor(conn)
                if turns is None:
                    branches = BranchRepository(conn)
                    turns = tuple(await branches.path(run.conversation_id, run.question_seq))
        work = Work(runtime, workspace, run, setup, turns, speaker, live, ready)
        async with _kept(work):
            await _make(work)
    finally:
        runtime.get(Lives).end(run.id, live)


async def seconds_left(runtime: Runtime, workspace: WorkspaceId, run_id: UUID) -> float | None:
    """Return how long an unfinished run is leased, None for a finished one."""
    async with runtime.db.fast.acquire(workspace) as conn:
        return await RunRepository(conn).seconds_left(run_id)


def backup_key(run_id: UUID) -> str:
    """Return the key under which a run's backup job waits."""
    return f"{JOB}:{run_id}"


async def _make(work: Work) -> None:
    said = Said()
    try:
        await _say(work, said)
    except (Superseded, ChatNotFound):
        await _leave(work, said)
    except DatabaseAway:
        raise  # the lease runs out, and the job makes the answer again
    except asyncio.CancelledError:
        await asyncio.shield(_record(work, said))
        raise
    except BesedkaError as error:
        said.failure = error.code
        await _give_up(work, said)
    except Exception:
        said.failure = BesedkaError.code
        await _give_up(work, said)
        raise


async def _say(work: Work, said: Said) -> None:
    if work.run.attempts > MOST_ATTEMPTS:
        raise AnswerInterrupted
    ready = work.ready
    chosen = ready.chosen if ready else await _choose_again(work)
    if isinstance(chosen, Adviser):
        await _let_advise(work, chosen, said)
        return
    context = ready.context if ready else None
    if context is None:
        context = await read_context(
            work.runtime, work.workspace, chosen, setup=work.setup, turns=work.turns
        )
    said.model = chosen.model
    await _call(work, chosen, context, said)
    if work.live.text.strip():
        meta = _meta(work, chosen, context, said)
        await _post(work, said, meta=meta, until=context.until)
    else:
        await _give_up(work, said)


async def _choose_again(work: Work) -> Answerer:
    """Return who answers where another process had found that out; an assistant only if the asker may still ask it."""
    async with work.runtime.db.fast.acquire(work.workspace) as conn:
        people = await accounts.people(conn)
    granted = work.runtime.get(accounts.Accounts)
    role = next(
        (each.role for each in people if each.active and each.actor_id == work.run.asker_id), ""
    )
    asker = Asker(work.run.asker_id, has_assistants=ASSISTANTS_READ in granted.may(role))
    return await choose(work.runtime, work.workspace, work.run.model, asker=asker)


async def _let_advise(work: Work, adviser: Adviser, said: Said) -> None:
    """Have an assistant answer from its documents."""
    said.model = None if adviser.writer is None else adviser.writer.model
    draft: Draft | None = None
    try:
        async with work.live.stoppable():
            draft = await advising.consult(
                work.runtime, work.workspace, adviser, work.turns, say=work.live.say
            )
    except TimeoutError:
        if not work.live.is_stopped:
            raise
        said.end = End.STOPPED
    said.llm_run_id = None if draft is None else draft.llm_run_id
    said.usage = await advising.usage_of(work.runtime, work.workspace, adviser, draft, said=work.live.text)  # fmt: skip
    if work.live.text.strip():
        meta = {"run": str(work.run.id), "finish": said.end, **advising.meta(adviser, draft, usage=said.usage, turns=work.turns)}  # fmt: skip
        await _post(work, said, meta={**meta, "seconds": _seconds(work)})
    else:
        await _give_up(work, said)


async def _call(work: Work, chosen: Chosen, context: Context, said: Said) -> None:
    try:
        async with work.live.stoppable():
            await _read(work, chosen, context, said)
    except TimeoutError:
        if not work.live.is_stopped:
            raise
        said.end = End.STOPPED
    except LlmError as error:
        said.end, said.failure, said.usage = End.CUT, error.code, said.usage or error.usage
        said.retry_after = error.retry_after
    if said.usage is None and work.live.text:
        said.usage = _guessed(work, chosen, context)


async def _read(work: Work, chosen: Chosen, context: Context, said: Said) -> None:
    request = ChatRequest(chosen.model.id, context.messages, max_tokens=work.run.max_tokens)
    count, later = 0, llm.Later(chosen.model.price)
    said.records = later.runs
    async with llm.open_chat(
        work.runtime, work.workspace, chosen.provider, request, purpose=PURPOSE, later=later
    ) as call:
        said.llm_run_id = call.run_id
        async for delta in call:
            if len(call.failed) > len(said.instead_of):
                await _note_stand_in(said, chosen, call)
            if isinstance(delta, TextDelta | RefusalDelta):
                piece = delta.text.replace("\x00", "").encode("utf-8", "replace").decode()
                work.live.say(piece[: LONGEST_BODY - count])
                count += len(piece)
            if count >= LONGEST_BODY:
                said.end = End.LENGTH
                return
    said.usage = call.usage
    if call.finish is not None:
        said.end = _end_of(work, chosen, call.finish.reason)


def _end_of(work: Work, chosen: Chosen, reason: FinishReason) -> End:
    """Return why an answer has ended; one that was held to fewer tokens than others ends where the balance does."""
    end, most = _ENDS.get(reason, End.STOP), work.run.max_tokens
    if end is End.LENGTH and most is not None and most < chosen.answer_tokens:
        return End.BALANCE
    return end


async def _note_stand_in(said: Said, chosen: Chosen, call: llm.ChatCall) -> None:
    """Note who answers in place of whom was chosen, and what that costs."""
    said.llm_run_id, said.instead_of = call.run_id, tuple(call.failed)
    said.model = replace(chosen.model, provider=call.provider, price=await call.find_price())


def _guessed(work: Work, chosen: Chosen, context: Context) -> Usage:
    """Return what a call has taken that was not heard to its end."""
    model = chosen.model.id
    read = llm.ceiling(work.runtime, model, context.messages)
    written = llm.likely(work.runtime, model, work.live.text)
    return Usage(input=read, output=written, estimated=True)


async def _post(
    work: Work, said: Said, *, meta: dict[str, JsonValue], until: int | None = None
) -> None:
    """Say the answer, take the money and close the run in one transaction."""
    run = work.run
    closing = Closing(
        work, said, RunState.STOPPED if said.end is End.STOPPED else RunState.DONE, until
    )
    await conversations.post(
        work.runtime,
        Post(
            workspace_id=work.workspace, conversation_id=run.conversation_id, sender_id=work.speaker,
            client_key=f"run:{run.id}", body=work.live.text, meta=meta,
            companion=closing if run.hold_id is None else closing.write_paid, as_member=False,
        ),
    )  # fmt: skip


def _seconds(work: Work) -> float:
    """Return how long an answer has taken so far."""
    return round(monotonic() - work.live.began, 1)


def _meta(work: Work, chosen: Chosen, context: Context, said: Said) -> dict[str, JsonValue]:
    """Return what is told of an answer: who gave it, its end, what it took and cost, how long, and what was not read for it."""
    model = said.model or chosen.model
    return {
        "run": str(work.run.id), "model": model.id, "finish": said.end, "failure": said.failure,
        **money.told(model, said.usage), "seconds": _seconds(work), "provider": model.provider.title,
        "instead_of": [*said.instead_of], "about": work.setup.about, "trimmed": context.trimmed,
        "summed_up": context.covered, "unread": [*context.unread],
    }  # fmt: skip


async def _give_up(work: Work, said: Said) -> None:
    """Close a run that nothing came of, once: what was held for it is freed."""
    stopped = said.end is End.STOPPED
    said.failure = None if stopped else said.failure or AnswerEmpty.code
    state = RunState.STOPPED if stopped else RunState.FAILED
    try:
        async with work.runtime.db.fast.transaction(work.workspace) as conn:
            await _close(conn, [(Closing(work, said, state), None)])
    except Superseded:
        await _leave(work, said)


async def _leave(work: Work, said: Said) -> None:
    """Write down what was called for an answer that nobody wants any more; what its deleted chat owes is taken at once."""
    log.info("an answer was not wanted any more", run=str(work.run.id))
    async with work.runtime.db.fast.transaction(work.workspace) as conn:
        await llm.keep_records(conn, said.records)
        if await RunRepository(conn).find(work.run.conversation_id, work.run.id) is None:
            await money.settle(conn, work.run, said.model, usage=said.usage)
            await jobs.drop(conn, backup_key(work.run.id))


async def _record(work: Work, said: Said) -> None:
    """Write down what was called for an answer that this process does not finish."""
    async with work.runtime.db.fast.acquire(work.workspace) as conn:
        await llm.keep_records(conn, said.records)


async def _close(conn: TenantConn, ended: Sequence[tuple[Closing, Message | None]]) -> None:
    """Close runs, those that nothing came of without a message. Raises Superseded."""
    runs = [(each, each.run(message)) for each, message in ended]
    done = await RunRepository(conn).finish(
        [(run, each.said.llm_run_id) for each, run in runs], worker=WORKER
    )
    if not done:
        raise Superseded
    for each, message in ended:
        model = None if message is None else each.said.model
        await money.settle(conn, each.work.run, model, usage=each.said.usage)
        if each.until is not None:
            await want_summary(conn, each.work.run, until=each.until, model=each.work.run.model)
    await llm.keep_records(conn, [record for each, _ in ended for record in each.said.records])
    await jobs.drop(conn, *(backup_key(run.id) for _, run in runs))
    for each, run in runs:
        conn.on_commit(partial(setattr, each.work.live, "ended", run))


@asynccontextmanager
async def _kept(work: Work) -> AsyncIterator[None]:
    """Keep the lease and what is said while the block runs, and hear whether to stop."""
    task = work.runtime.background.spawn(_keep(work), name=f"lease {work.run.id}")
    try:
        yield
    finally:
        task.cancel()


async def _keep(work: Work) -> None:
    for _ in range(int(money.LASTS.total_seconds() / KEEP_SECONDS)):
        await asyncio.sleep(KEEP_SECONDS)
        async with work.runtime.db.fast.acquire(work.workspace) as conn:
            stop = await RunRepository(conn).keep(
                work.run, worker=WORKER, seconds=LEASE_SECONDS, partial=work.live.text
            )
        if stop is None or stop:
            work.live.stop()
            return
