"""Making answers: a lease says who does. The process that accepted a question starts at once; a job that waits does the
same, so that a crash only delays the answer, once. What is said has the run's id as its key: it cannot be said twice.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError, Conflict, DatabaseAway
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import LONGEST_BODY, Message, Post
from besedka.kernel.jobs import service as jobs
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.types import ChatRequest, FinishReason, RefusalDelta, TextDelta, Usage
from besedka.products.chat.errors import AnswerEmpty, AnswerInterrupted
from besedka.products.chat.repository import BranchRepository, RunRepository
from besedka.products.chat.service import money
from besedka.products.chat.service.choosing import Chosen, choose
from besedka.products.chat.service.context import Context, find_setup, read_context
from besedka.products.chat.service.failing import kept_failure
from besedka.products.chat.service.live import Live, Lives
from besedka.products.chat.types import End, Run, RunState, Setup, Turn

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
    """What came of calling a model."""

    end: End = End.STOP
    failure: str | None = None
    usage: Usage | None = None
    llm_run_id: UUID | None = None
    model: llm.UsableModel | None = None
    """The model as the provider has it that stood in for the chosen one."""
    instead_of: tuple[str, ...] = ()
    """What providers are called that were asked before and did not answer."""
    retry_after: float | None = None


class Superseded(Conflict):
    """Somebody else has the run by now."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What was found out when an answer was asked for: its model, how the chat is answered, and what it may cost."""

    chosen: Chosen
    setup: Setup
    quote: money.Quote | None


@dataclass(frozen=True, slots=True)
class Work:
    """A run with its lease, what its answer is made from, and who says it; `chosen` if the model is known already."""

    runtime: Runtime
    workspace: WorkspaceId
    run: Run
    setup: Setup
    turns: tuple[Turn, ...]
    speaker: ActorId
    live: Live
    chosen: Chosen | None


def begin(runtime: Runtime, workspace: WorkspaceId, run: Run, ready: Ready) -> None:
    """Work in the background on a run that this process has the lease of; who reads along finds it at once."""
    live = runtime.get(Lives).begin(run)
    work = _answer(runtime, workspace, run, live=live, setup=ready.setup, chosen=ready.chosen)
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
    runtime: Runtime, workspace: WorkspaceId, run: Run, *, live: Live, setup: Setup, chosen: Chosen | None = None
) -> None:  # fmt: skip
    try:
        async with runtime.db.fast.acquire(workspace) as conn:
            turns = await BranchRepository(conn).path(run.conversation_id, run.question_seq)
            speaker = await accounts.ensure_system_actor(conn)
        work = Work(runtime, workspace, run, setup, tuple(turns), speaker, live, chosen)
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
    try:
        await _say(work)
    except (Superseded, ChatNotFound):
        log.info("an answer was not wanted any more", run=str(work.run.id))
    except DatabaseAway:
        raise  # the lease runs out, and the job makes the answer again
    except BesedkaError as error:
        await _give_up(work, Said(failure=error.code))
    except Exception:
        await _give_up(work, Said(failure=BesedkaError.code))
        raise


async def _say(work: Work) -> None:
    if work.run.attempts > MOST_ATTEMPTS:
        raise AnswerInterrupted
    chosen = work.chosen or await choose(
        work.runtime, work.workspace, work.run.model, asker=work.run.asker_id
    )
    context = await read_context(
        work.runtime, work.workspace, chosen, setup=work.setup, turns=work.turns
    )
    said = await _call(work, chosen, context)
    if work.live.text.strip():
        await _post(work, chosen, context, said)
    else:
        await _give_up(work, said)


async def _call(work: Work, chosen: Chosen, context: Context) -> Said:
    said = Said()
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
    return said


async def _read(work: Work, chosen: Chosen, context: Context, said: Said) -> None:
    request = ChatRequest(chosen.model.id, context.messages, max_tokens=work.run.max_tokens)
    count = 0
    async with llm.open_chat(
        work.runtime, work.workspace, chosen.provider, request, purpose=PURPOSE
    ) as call:
        said.llm_run_id = call.run_id
        async for delta in call:
            if call.failed and said.model is None:
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
        said.end = _ENDS.get(call.finish.reason, End.STOP)


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


async def _post(work: Work, chosen: Chosen, context: Context, said: Said) -> None:
    """Say the answer, take the money and close the run in one transaction."""
    run = work.run
    state = RunState.STOPPED if said.end is End.STOPPED else RunState.DONE

    async def close(conn: TenantConn, message: Message) -> None:
        model = said.model or chosen.model
        await _close(conn, work, state, said, model=model, answer_seq=message.seq)

    await conversations.post(
        work.runtime,
        Post(
            workspace_id=work.workspace, conversation_id=run.conversation_id, sender_id=work.speaker,
            client_key=f"run:{run.id}", body=work.live.text, meta=_meta(work, chosen, context, said),
            companion=close, as_member=False,
        ),
    )  # fmt: skip


def _meta(work: Work, chosen: Chosen, context: Context, said: Said) -> dict[str, JsonValue]:
    """Return what is told of an answer: its model, its end, what it took and cost, and what was not read for it."""
    model, usage = said.model or chosen.model, said.usage
    cost = money.cost_of(model, usage)
    return {
        "run": str(work.run.id), "model": model.id, "finish": said.end, "failure": said.failure,
        "usage": None if usage is None else {
            "input": usage.input + usage.further_input, "output": usage.output, "cached_input": usage.cached_input,
            "estimated": usage.estimated,
        },
        "cost": None if cost is None else {"micro": cost.micro, "currency": cost.currency},
        "provider": model.provider.title, "instead_of": [*said.instead_of], "about": work.setup.about, "trimmed": context.trimmed, "unread": [*context.unread],
    }  # fmt: skip


async def _give_up(work: Work, said: Said) -> None:
    """Close a run that nothing came of, once: what was held for it is freed."""
    stopped = said.end is End.STOPPED
    said.failure = None if stopped else said.failure or AnswerEmpty.code
    state = RunState.STOPPED if stopped else RunState.FAILED
    async with work.runtime.db.fast.transaction(work.workspace) as conn:
        await _close(conn, work, state, said)


async def _close(
    conn: TenantConn, work: Work, state: RunState, said: Said, *, model: llm.UsableModel | None = None,
    answer_seq: int | None = None,
) -> None:  # fmt: skip
    run = work.run
    failure = kept_failure(said.failure, said.retry_after)
    done = await RunRepository(conn).finish(
        run, worker=WORKER, state=state, answer_seq=answer_seq, failure=failure, llm_run_id=said.llm_run_id
    )  # fmt: skip
    if not done:
        raise Superseded
    await money.settle(conn, run, model, usage=said.usage)
    await jobs.drop(conn, backup_key(run.id))
    ended = replace(run, state=state, answer_seq=answer_seq, failure=failure)
    conn.on_commit(partial(setattr, work.live, "ended", ended))


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
