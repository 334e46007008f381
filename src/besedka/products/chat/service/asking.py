"""Asking, and asking again: a question gets a run in the transaction that stores it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError, InvalidInput
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
from besedka.products.chat.types import (
    MOST_COMPARED,
    Asked,
    Attached,
    Estimate,
    Run,
    RunState,
    Setup,
    Turn,
)

TITLE_CHARACTERS = 60


async def ask(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, asker: ActorId
) -> Run:
    """Store a question and queue its answer; the same `key` with the same question again gives the first run.

    Raises NoProvider, ModelNotUsable, TurnNotFound, ChatBusy, BalanceShort, LimitReached, PriceUnknown, ContextTooLong and what
    `conversations.post` raises.
    """
    return (await _ask(runtime, workspace, entry, asked, models=[asked.model], asker=asker))[0]


async def compare(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, models: Sequence[str], asker: ActorId
) -> Sequence[Run]:  # fmt: skip
    """Store a question and queue the answers of several models to it, each with a hold of its own.

    Raises InvalidInput when a model is named twice, and what `ask` raises; then nothing is asked.
    """
    if not 1 < len(set(models)) == len(models) <= MOST_COMPARED:
        raise InvalidInput(field="models")
    return await _ask(runtime, workspace, entry, asked, models=models, asker=asker)


async def _ask(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, models: Sequence[str], asker: ActorId
) -> Sequence[Run]:  # fmt: skip
    chat = entry.conversation.id
    async with runtime.db.fast.acquire(workspace) as conn:
        setup = await find_setup(runtime, conn, chat, asker)
        parent = await _parent(conn, chat, setup, asked)
    attached = await _attached(runtime, workspace, asked.files)
    draft = Turn(
        seq=0, parent_seq=parent, is_answer=False, id=new_id(), text=asked.content, files=attached
    )  # fmt: skip
    ready: list[Ready] = []
    for model in models:
        chosen = await choose(runtime, workspace, model or setup.model)
        quote = await _quote_draft(runtime, workspace, chosen, setup=setup, chat=chat, draft=draft)
        ready.append(Ready(chosen, setup, quote))
    queued: list[Run] = []

    async def queue(conn: TenantConn, message: Message) -> None:
        queued.clear()
        if entry.expires_at is not None:
            await conversations.keep_for_now(conn, chat, owner=asker)
        for place, each in enumerate(ready):
            at = _At(chat, message.seq, parent if place == 0 else None, place, len(ready) > 1)
            queued.append(await _queue(runtime, conn, each, at, asker=asker))

    message = await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=chat, sender_id=asker, client_key=asked.key or str(new_id()),
            body=asked.content, files=asked.files, companion=queue,
        ),
    )  # fmt: skip
    await _name(runtime, workspace, entry, asked.content)
    return queued or await runs_of(runtime, workspace, chat, message.seq, most=len(ready))


async def start(
    runtime: Runtime, workspace: WorkspaceId, asked: Asked, *, asker: ActorId, models: Sequence[str] = (),
    temporary: bool = False,
) -> Run:  # fmt: skip
    """Begin a chat with its first question; there is none if that cannot be asked. Raises what `ask` raises.

    With `models` these answer side by side, and what `compare` raises may come.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        made = await conversations.start_chat(
            runtime, conn, kind=Kind.AI, title="", owner=asker, others=[], meta={"tags": []}
        )
        if temporary:
            await conversations.keep_for_now(conn, made.id, owner=asker)
        entry = await conversations.get_readable(conn, made.id, actor=asker, staff=False)
    try:
        if models:
            return (await compare(runtime, workspace, entry, asked, models=models, asker=asker))[0]
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
    chosen = await choose(runtime, workspace, asked.model or setup.model)
    draft = Turn(seq=0, parent_seq=0, is_answer=False, id=new_id(), text=asked.content, files=attached)  # fmt: skip
    context = await read_context(runtime, workspace, chosen, setup=setup, turns=[*before, draft])
    read = llm.ceiling(runtime, chosen.model.id, context.messages)
    most = Usage(input=read, output=chosen.answer_tokens)
    return Estimate(
        model=chosen.model.id, input_tokens=read, most_tokens=chosen.answer_tokens, trimmed=context.trimmed,
        cost=money.cost_of(chosen.model, most), charged=money.is_charged(runtime, chosen.model),
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
    chosen = await choose(runtime, workspace, model or setup.model)
    quote = await _quote(runtime, workspace, chosen, setup=setup, turns=turns)
    ready = Ready(chosen, setup, quote)
    async with runtime.db.fast.transaction(workspace) as conn:
        return await _queue(runtime, conn, ready, _At(chat, turns[-1].seq), asker=asker)


async def stop(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, run: UUID | None = None
) -> None:
    """End the answers that are being made in a chat, or one of them; what was said of them stays. Raises NoAnswer."""
    runs = RunRepository(conn)
    if run is not None and await runs.find(chat, run) is None:
        raise NoAnswer
    for run_id in await runs.stop(chat, run):
        live = runtime.get(Lives).find(run_id)
        if live is not None:
            conn.on_commit(live.stop)


async def runs_of(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, question_seq: int, *, most: int
) -> Sequence[Run]:  # fmt: skip
    """Return the last runs for a question, the first of them first. Raises NoAnswer."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await RunRepository(conn).of_question(chat, question_seq, limit=most)
    if not found:
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


@dataclass(frozen=True, slots=True)
class _At:
    """Where an answer belongs: to which question, after which turn that one comes if it is new, beside which others."""

    chat: ConversationId
    seq: int
    parent: int | None = None
    place: int = 0
    is_compared: bool = False


async def _queue(
    runtime: Runtime, conn: TenantConn, ready: Ready, at: _At, *, asker: ActorId
) -> Run:
    """Have an answer made and hold what it may cost.

    This process has its lease from the beginning and starts after the commit; the job is for when it is gone.
    """
    run_id = new_id()
    held = None if ready.quote is None else await money.hold(conn, ready.quote, run_id, asker=asker)
    run = Run(
        id=run_id, conversation_id=at.chat, question_seq=at.seq, answer_seq=None, asker_id=asker, model=ready.chosen.model.id,
        state=RunState.WORKING, attempts=1, partial="", failure=None, hold_id=held,
        max_tokens=None if ready.quote is None else ready.quote.max_tokens, place=at.place, is_compared=at.is_compared,
    )  # fmt: skip
    if not await RunRepository(conn).add(
        run, worker=WORKER, seconds=LEASE_SECONDS, parent_seq=at.parent
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
