"""Asking, and asking again: a question gets a run in the transaction that stores it."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ChatEntry, ConversationId, Kind, Message, Post
from besedka.kernel.files import service as files
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.types import FileId
from besedka.kernel.jobs import service as jobs
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import Usage
from besedka.products.chat.errors import ChatBusy, NoAnswer, TurnNotFound
from besedka.products.chat.repository import BranchRepository, RunRepository
from besedka.products.chat.service import money
from besedka.products.chat.service.choosing import Chosen, choose
from besedka.products.chat.service.context import find_setup, read_context
from besedka.products.chat.service.engine import (
    BACKUP_AFTER,
    JOB,
    LEASE_SECONDS,
    WORKER,
    Ready,
    backup_key,
    begin,
)
from besedka.products.chat.service.live import Lives
from besedka.products.chat.types import Asked, Attached, Estimate, Run, RunState, Setup, Turn

TITLE_CHARACTERS = 60


async def ask(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, asker: ActorId
) -> Run:
    """Store a question and queue its answer; the same `key` with the same question again gives the first run.

    Raises NoProvider, ModelNotUsable, TurnNotFound, ChatBusy, BalanceShort, LimitReached, PriceUnknown, ContextTooLong and what
    `conversations.post` raises.
    """
    chat = entry.conversation.id
    async with runtime.db.fast.acquire(workspace) as conn:
        setup = await find_setup(runtime, conn, chat, asker)
        parent = await _parent(conn, chat, setup, asked)
    attached = await _attached(runtime, workspace, asked.files)
    chosen = await choose(runtime, workspace, asked.model or setup.model, asker=asker)
    draft = Turn(
        seq=0, parent_seq=parent, is_answer=False, id=new_id(), text=asked.content, files=attached
    )  # fmt: skip
    quote = await _quote_draft(runtime, workspace, chosen, setup=setup, chat=chat, draft=draft)
    ready = Ready(chosen, setup, quote)
    queued: list[Run] = []

    async def queue(conn: TenantConn, message: Message) -> None:
        queued.append(
            await _queue(
                runtime, conn, ready, chat=chat, seq=message.seq, asker=asker, parent=parent
            )
        )

    message = await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=chat, sender_id=asker, client_key=asked.key or str(new_id()),
            body=asked.content, files=asked.files, companion=queue,
        ),
    )  # fmt: skip
    await _name(runtime, workspace, entry, asked.content)
    return queued[-1] if queued else await run_of(runtime, workspace, chat, message.seq)


async def start(runtime: Runtime, workspace: WorkspaceId, asked: Asked, *, asker: ActorId) -> Run:
    """Begin a chat with its first question; there is none if that cannot be asked. Raises what `ask` raises."""
    async with runtime.db.fast.transaction(workspace) as conn:
        made = await conversations.start_chat(
            runtime, conn, kind=Kind.AI, title="", owner=asker, others=[], meta={"tags": []}
        )
        entry = await conversations.get_readable(conn, made.id, actor=asker, staff=False)
    try:
        return await ask(runtime, workspace, entry, asked, asker=asker)
    except BesedkaError:
        async with runtime.db.fast.transaction(workspace) as conn:
            await conversations.delete_conversation(runtime, conn, entry)
        raise


async def estimate(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId | None, asked: Asked, *, asker: ActorId
) -> Estimate:  # fmt: skip
    """Return what a question would take in a chat, or as the first of a new one; nothing is stored.

    Raises NoProvider, ModelNotUsable, TurnNotFound, ContextTooLong.
    """
    setup, before = Setup(), list[Turn]()
    if chat is not None:
        async with runtime.db.fast.acquire(workspace) as conn:
            setup = await find_setup(runtime, conn, chat, asker)
            parent = await _parent(conn, chat, setup, asked)
            before = list(await BranchRepository(conn).path(chat, parent))
    attached = await _attached(runtime, workspace, asked.files)
    chosen = await choose(runtime, workspace, asked.model or setup.model, asker=asker)
    draft = Turn(seq=0, parent_seq=0, is_answer=False, id=new_id(), text=asked.content, files=attached)  # fmt: skip
    context = await read_context(runtime, workspace, chosen, setup=setup, turns=[*before, draft])
    read = llm.ceiling(runtime, chosen.model.id, context.messages)
    cost = money.cost_of(chosen.model, Usage(input=read, output=chosen.answer_tokens))
    charged = money.is_charged(runtime, chosen.model)
    lacks = await money.lacking(runtime, workspace, cost) if charged and cost else 0
    return Estimate(
        model=chosen.model.id, input_tokens=read, most_tokens=chosen.answer_tokens, trimmed=context.trimmed,
        cost=cost, charged=charged, lacks=lacks,
    )  # fmt: skip


async def regenerate(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, seq: int, *, model: str, asker: ActorId
) -> Run:  # fmt: skip
    """Queue one more answer to a question, which is named by its own place or that of an answer to it.

    Raises TurnNotFound and what `ask` raises.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        setup = await find_setup(runtime, conn, chat, asker)
        turns = list(await BranchRepository(conn).path(chat, seq))
    if turns and turns[-1].is_answer:
        turns.pop()
    if not turns or turns[-1].is_answer:
        raise TurnNotFound
    chosen = await choose(runtime, workspace, model or setup.model, asker=asker)
    quote = await _quote(runtime, workspace, chosen, setup=setup, turns=turns)
    ready = Ready(chosen, setup, quote)
    async with runtime.db.fast.transaction(workspace) as conn:
        return await _queue(
            runtime, conn, ready, chat=chat, seq=turns[-1].seq, asker=asker
        )  # fmt: skip


async def stop(runtime: Runtime, conn: TenantConn, chat: ConversationId) -> None:
    """End the answer that is being made in a chat; what was said of it stays."""
    run_id = await RunRepository(conn).stop(chat)
    live = None if run_id is None else runtime.get(Lives).find(run_id)
    if live is not None:
        conn.on_commit(live.stop)


async def run_of(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, question_seq: int
) -> Run:
    """Return the last run for a question. Raises NoAnswer."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await RunRepository(conn).newest_of(chat, question_seq)
    if found is None:
        raise NoAnswer
    return found


async def _parent(conn: TenantConn, chat: ConversationId, setup: Setup, asked: Asked) -> int:
    if asked.edits is None:
        return setup.leaf_seq
    found = await BranchRepository(conn).path(chat, asked.edits, limit=1)
    if not found or found[0].is_answer:
        raise TurnNotFound
    return found[0].parent_seq


async def _attached(
    runtime: Runtime, workspace: WorkspaceId, wanted: Sequence[UUID]
) -> list[Attached]:
    if not wanted:
        return []
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await files.list_files(conn, [FileId(each) for each in wanted])
    if len(found) < len(set(wanted)):
        raise FileNotFound
    return [Attached(each.id, each.name, each.media_type) for each in found]


async def _quote_draft(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, *, setup: Setup, chat: ConversationId, draft: Turn
) -> money.Quote | None:  # fmt: skip
    """Return what the answer to a question may cost that is not stored yet, None when nobody pays for it here."""
    if not money.is_charged(runtime, chosen.model):
        return None
    async with runtime.db.fast.acquire(workspace) as conn:
        before = await BranchRepository(conn).path(chat, draft.parent_seq)
    return await _quote(runtime, workspace, chosen, setup=setup, turns=[*before, draft])


async def _quote(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, *, setup: Setup, turns: Sequence[Turn]
) -> money.Quote | None:
    """Return what the answer may cost, None when nobody pays for it here."""
    if not money.is_charged(runtime, chosen.model):
        return None
    context = await read_context(runtime, workspace, chosen, setup=setup, turns=turns)
    read = llm.ceiling(runtime, chosen.model.id, context.messages)
    return money.quote(chosen.model, input_tokens=read, max_tokens=chosen.answer_tokens)


async def _queue(
    runtime: Runtime, conn: TenantConn, ready: Ready, *, chat: ConversationId,
    seq: int, asker: ActorId, parent: int | None = None,
) -> Run:  # fmt: skip
    """Have an answer made and hold what it may cost.

    This process has its lease from the beginning and starts after the commit; the job is for when it is gone.
    """
    run_id = new_id()
    held = None if ready.quote is None else await money.hold(conn, ready.quote, run_id, asker=asker)
    run = Run(
        id=run_id, conversation_id=chat, question_seq=seq, answer_seq=None, asker_id=asker, model=ready.chosen.model.id,
        state=RunState.WORKING, attempts=1, partial="", failure=None, hold_id=held,
        max_tokens=None if ready.quote is None else ready.quote.max_tokens,
    )  # fmt: skip
    if not await RunRepository(conn).add(
        run, worker=WORKER, seconds=LEASE_SECONDS, parent_seq=parent
    ):
        raise ChatBusy
    await jobs.defer(
        conn, JOB, {"run_id": str(run_id)}, run_at=clock.now() + BACKUP_AFTER,
        unique_key=backup_key(run_id),
    )  # fmt: skip
    conn.on_commit(partial(begin, runtime, conn.workspace, run, ready))
    return run


async def _name(runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, question: str) -> None:
    """Call a chat without a title by its first question."""
    words = " ".join(question.split())
    if entry.conversation.title or not words:
        return
    title = words
    if len(words) > TITLE_CHARACTERS:
        title = words[:TITLE_CHARACTERS].rpartition(" ")[0] or words[:TITLE_CHARACTERS]
        title = f"{title}…"
    async with runtime.db.fast.transaction(workspace) as conn:
        await conversations.update_conversation(runtime, conn, entry.conversation.id, title=title)
