"""Keeping rounds and clocks, in the transactions that change dialogs: nothing is lost between, nothing counted twice.

A dialog's row is locked by then, so that what happens to one dialog happens in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    Conversation,
    ConversationId,
    DialogState,
    Message,
    MessageKind,
    SharedCompanion,
    Visibility,
)
from besedka.kernel.promises.repository.clocks import ClockRepository
from besedka.kernel.promises.repository.policies import PolicyRepository
from besedka.kernel.promises.repository.ratings import RatingRepository
from besedka.kernel.promises.repository.rounds import RoundRepository
from besedka.kernel.promises.service.clockwork import choose, reconcile
from besedka.kernel.promises.service.policies import terms_of
from besedka.kernel.promises.types import Clocks, Round

BATCH = 200
MOST_BATCHES = 1000


async def note_state(runtime: Runtime, conn: TenantConn, dialog: Conversation) -> None:
    """Bring a dialog's round in line with the state that the dialog has now, and its clocks with its priority."""
    rounds, state, moment = RoundRepository(conn), dialog.state or "", now()
    last = await rounds.find(dialog.id)
    if last is not None and last.state == state:
        await _keep(runtime, conn, last, moment=moment)
        return
    if last is None or last.state == DialogState.RESOLVED:
        last = Round(
            chat=dialog.id, number=1 if last is None else last.number + 1, state=DialogState.RESOLVED,
            started_at=dialog.created_at if last is None else moment,
            assistant_id=await rounds.assistant_of(dialog.id),
        )  # fmt: skip
    changed = await _moved(rounds, last, dialog, moment=moment)
    await rounds.save(changed)
    await _keep(runtime, conn, changed, moment=moment)


async def _moved(
    rounds: RoundRepository, last: Round, dialog: Conversation, *, moment: datetime
) -> Round:
    """Return a round as a dialog's new state leaves it."""
    state = dialog.state or ""
    changed = replace(last, state=state)
    if state == DialogState.RESOLVED:
        handler = await rounds.last_to_reply(last.chat, last.number)
        return replace(
            changed, resolved_at=moment, waiting_since=None, people_since=None,
            handler_id=handler or dialog.assignee_id or last.assistant_id,
        )  # fmt: skip
    if state == DialogState.PENDING:
        return replace(changed, waiting_since=None, people_since=None)
    if last.people_since is not None:
        return changed
    waits = moment if last.state == DialogState.PENDING else last.waiting_since
    return replace(
        changed, handed_at=last.handed_at or moment, people_since=moment, waiting_since=waits
    )


@dataclass(frozen=True, slots=True)
class Questions(SharedCompanion):
    """Begins to count how long visitors wait, if people have their dialogs."""

    runtime: Runtime

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Note what was stored at one moment."""
        (each, message), *_ = company
        chats = [message.conversation_id for _, message in company]
        for found in await RoundRepository(conn).begin_waiting(chats, message.created_at):
            await _keep(each.runtime, conn, found, moment=message.created_at)


@dataclass(frozen=True, slots=True)
class Replies(SharedCompanion):
    """Notes people's replies to visitors."""

    runtime: Runtime

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Note them in their order."""
        for each, message in company:
            await note_reply(each.runtime, conn, message)


async def note_reply(runtime: Runtime, conn: TenantConn, message: Message) -> None:
    """Note a person's reply to a visitor; notes are none."""
    if message.visibility is not Visibility.PUBLIC or message.kind is not MessageKind.TEXT:
        return
    rounds, moment = RoundRepository(conn), message.created_at
    found = await rounds.find(message.conversation_id)
    if found is None:
        return
    since, actor = found.waiting_since, message.sender.id
    waited = None if since is None else max(int((moment - since).total_seconds()), 0)
    await rounds.add_reply(found, message.seq, actor=actor, moment=moment, waited=waited)
    if found.replied_at is not None and since is None:
        return
    changed = replace(
        found, waiting_since=None, replied_at=found.replied_at or moment, replied_by=found.replied_by or actor
    )  # fmt: skip
    await rounds.save(changed)
    await _keep(runtime, conn, changed, moment=moment)


async def _keep(runtime: Runtime, conn: TenantConn, found: Round, *, moment: datetime) -> None:
    """Bring a dialog's clocks in line with its round and with the policy that fits it; lists are sorted by what is due."""
    due = await _due_after(conn, found, moment=moment)
    await conversations.set_due(runtime, conn, found.chat, due)


async def _due_after(conn: TenantConn, found: Round, *, moment: datetime) -> datetime | None:
    policies, clocks = PolicyRepository(conn), ClockRepository(conn)
    enabled = await policies.list_all(enabled=True)
    kept = await clocks.find(found.chat, lock=True) if enabled else None
    policy = None
    if enabled:
        priority, labels = await policies.marks_of(found.chat)
        policy = choose(enabled, priority=priority, labels=labels)
    if policy is None:
        await clocks.delete(found.chat)
        return None
    terms = await terms_of(conn, policy)
    wanted = reconcile(found, kept or Clocks(found.chat), terms=terms, moment=moment)
    if not wanted.owed:
        await clocks.delete(found.chat)
    elif wanted != kept:
        await clocks.save(wanted)
    return wanted.next_due.due if wanted.next_due else None


async def reckon(runtime: Runtime, conn: TenantConn, chat: ConversationId) -> None:
    """Reckon a dialog's clocks anew, because of its labels."""
    rounds = RoundRepository(conn)
    await rounds.lock_dialog(chat)
    found = await rounds.find(chat)
    if found is not None:
        await _keep(runtime, conn, found, moment=now())


async def reckon_all(runtime: Runtime, workspace: WorkspaceId) -> None:
    """Reckon the clocks of all dialogs that people have anew, because of policies or schedules.

    Each in a transaction of its own: who locks several dialogs at once would have to agree with all others on their order.
    """
    last: ConversationId | None = None
    for _ in range(MOST_BATCHES):
        async with runtime.db.fast.acquire(workspace) as conn:
            chats = await RoundRepository(conn).with_people(after=last, limit=BATCH)
        for chat in chats:
            async with runtime.db.fast.transaction(workspace) as conn:
                await reckon(runtime, conn, chat)
        if len(chats) < BATCH:
            return
        last = chats[-1]


async def forget(conn: TenantConn, contacts: Sequence[ActorId]) -> None:
    """Forget what contacts who are erased wrote beside their ratings."""
    await RatingRepository(conn).forget_words(contacts)
