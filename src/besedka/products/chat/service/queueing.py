"""Giving questions their runs, in the transaction that stores them: many that are asked at once share it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    Companion,
    ConversationId,
    Message,
    SharedCompanion,
)
from besedka.kernel.jobs import service as jobs
from besedka.products.chat.errors import ChatBusy
from besedka.products.chat.repository import RunRepository
from besedka.products.chat.service import money
from besedka.products.chat.service.engine import (
    BACKUP_AFTER,
    JOB,
    LEASE_SECONDS,
    WORKER,
    Ready,
    backup_key,
    begin,
)
from besedka.products.chat.types import Run, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(SharedCompanion):
    """Has a question answered. `queued` gets its run once that is committed.

    Of answers side by side this is the one of a `place`. A question in a temporary chat keeps that for longer.
    """

    runtime: Runtime
    ready: Ready
    asker: ActorId
    parent_seq: int | None
    place: int = 0
    is_compared: bool = False
    is_temporary: bool = False
    queued: list[Run] = field(default_factory=list)

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Queue the answers to messages. Raises ChatBusy."""
        await _queue(
            conn, [(each, each.run(message.conversation_id, message.seq)) for each, message in company]
        )  # fmt: skip

    async def queue(self, conn: TenantConn, chat: ConversationId, seq: int) -> None:
        """Hold what the answer to a stored question may cost and queue it. Raises ChatBusy and what `money.hold` raises."""
        await _queue(conn, [(self, await self.held(conn, chat, seq))])

    async def held(self, conn: TenantConn, chat: ConversationId, seq: int) -> Run:
        """Return the run of a question, with a hold of what it may cost. Raises what `money.hold` raises."""
        quote = self.ready.quote
        run = self.run(chat, seq)
        if quote is None:
            return run
        held = await money.hold(conn, quote, run.id, asker=self.asker)
        return replace(run, hold_id=held.id, max_tokens=held.max_tokens)

    def run(self, chat: ConversationId, seq: int) -> Run:
        """Return the run of a question. This process has its lease from the beginning."""
        return Run(
            id=new_id(), conversation_id=chat, question_seq=seq, answer_seq=None, asker_id=self.asker,
            model=self.ready.chosen.id, state=RunState.WORKING, attempts=1, partial="", failure=None,
            hold_id=None, max_tokens=None, place=self.place, is_compared=self.is_compared,
        )  # fmt: skip


def companion_of(askings: Sequence[Asking]) -> Companion | SharedCompanion:
    """Return what stores the runs of a question with it: one that costs nothing here shares its transaction with others."""
    only = askings[0]
    if len(askings) == 1 and only.ready.quote is None:
        return only
    return partial(_queue_all, askings)


async def _queue_all(askings: Sequence[Asking], conn: TenantConn, message: Message) -> None:
    chat, seq = message.conversation_id, message.seq
    await _queue(conn, [(each, await each.held(conn, chat, seq)) for each in askings])


async def _queue(conn: TenantConn, asked: Sequence[tuple[Asking, Run]]) -> None:
    """Store runs; this process starts after the commit, and the jobs are for when it is gone."""
    runs = [(run, each.parent_seq) for each, run in asked]
    if not await RunRepository(conn).add(runs, worker=WORKER, seconds=LEASE_SECONDS):
        raise ChatBusy
    await jobs.defer_several(
        conn, JOB, {backup_key(run.id): {"run_id": str(run.id)} for run, _ in runs},
        run_at=clock.now() + BACKUP_AFTER,
    )  # fmt: skip
    for each, run in asked:
        if each.is_temporary and not each.place:
            await conversations.keep_for_now(conn, run.conversation_id, owner=each.asker)
        conn.on_commit(partial(each.queued.append, run))
        conn.on_commit(partial(begin, each.runtime, conn.workspace, run, each.ready))
