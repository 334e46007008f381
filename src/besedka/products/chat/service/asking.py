"""Asking, and asking again: a question gets a run in the transaction that stores it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError, InvalidInput
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ChatEntry, ConversationId, Kind, Post
from besedka.kernel.files import service as files
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.files.types import FileId
from besedka.kernel.llm.types import Usage
from besedka.products.chat.errors import NoAnswer, TurnNotFound
from besedka.products.chat.repository import BranchRepository, RunRepository
from besedka.products.chat.service import advising, money
from besedka.products.chat.service.choosing import Adviser, Answerer, choose
from besedka.products.chat.service.context import find_setup, read_context
from besedka.products.chat.service.engine import Ready
from besedka.products.chat.service.live import Lives
from besedka.products.chat.service.mentions import find_named
from besedka.products.chat.service.queueing import Asking, companion_of
from besedka.products.chat.types import (
    MOST_COMPARED,
    Asked,
    Asker,
    Attached,
    Estimate,
    Run,
    Setup,
    Talk,
    Turn,
)

TITLE_CHARACTERS = 60
NOTHING_SAID: Final = Talk(Setup(), 0, (), None)


async def ask(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, asker: Asker
) -> Run:
    """Store a question and queue its answer; the same `key` with the same question again gives the first run.

    A question that begins with `@name` is answered by that model or assistant.

    Raises NoProvider, ModelNotUsable, TurnNotFound, ChatBusy, BalanceShort, LimitReached, PriceUnknown, ContextTooLong and what
    `conversations.post` raises.
    """
    return (await _ask(runtime, workspace, entry, asked, models=[asked.model], asker=asker))[0]


async def compare(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, models: Sequence[str], asker: Asker
) -> Sequence[Run]:  # fmt: skip
    """Store a question and queue the answers of several models to it, each with a hold of its own.

    Raises InvalidInput when a model is named twice, and what `ask` raises; then nothing is asked.
    """
    if not 1 < len(set(models)) == len(models) <= MOST_COMPARED:
        raise InvalidInput(field="models")
    return await _ask(runtime, workspace, entry, asked, models=models, asker=asker)


async def _ask(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, models: Sequence[str], asker: Asker
) -> Sequence[Run]:  # fmt: skip
    chat, count = entry.conversation.id, len(models)
    talk = await _find_talk(runtime, workspace, chat, asked, asker=asker)
    turns = (*talk.before, await _draft(runtime, workspace, asked))
    askings: list[Asking] = []
    for place, model in enumerate(models):
        wished = replace(asked, model=model)
        chosen = await _choose(
            runtime, workspace, wished, setup=talk.setup, asker=asker, by_name=count == 1
        )
        ready = await _prepare(runtime, workspace, chosen, setup=talk.setup, turns=turns)
        ready = replace(ready, speaker=talk.speaker, is_new=count == 1)
        askings.append(
            Asking(
                runtime=runtime, ready=ready, asker=asker.id, parent_seq=None if place else talk.parent_seq, place=place,
                is_compared=count > 1, is_temporary=entry.expires_at is not None,
            )
        )  # fmt: skip
    message = await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=chat, sender_id=asker.id, client_key=asked.key or str(new_id()),
            body=asked.content, files=asked.files, companion=companion_of(askings),
        ),
    )  # fmt: skip
    await _name(runtime, workspace, entry, asked.content)
    queued = [run for each in askings for run in each.queued[-1:]]
    return queued or await runs_of(runtime, workspace, chat, message.seq, most=count)


async def start(
    runtime: Runtime, workspace: WorkspaceId, asked: Asked, *, asker: Asker, models: Sequence[str] = (),
    temporary: bool = False,
) -> Run:  # fmt: skip
    """Begin a chat with its first question; there is none if that cannot be asked. Raises what `ask` raises.

    With `models` these answer side by side, and what `compare` raises may come.
    """
    async with runtime.db.fast.transaction(workspace) as conn:
        made = await conversations.start_chat(
            runtime, conn, kind=Kind.AI, title="", owner=asker.id, others=[], meta={"tags": []}
        )
        if temporary:
            await conversations.keep_for_now(conn, made.id, owner=asker.id)
        entry = await conversations.get_readable(conn, made.id, actor=asker.id, staff=False)
    try:
        if models:
            return (await compare(runtime, workspace, entry, asked, models=models, asker=asker))[0]
        return await ask(runtime, workspace, entry, asked, asker=asker)
    except BesedkaError:
        async with runtime.db.fast.transaction(workspace) as conn:
            await conversations.delete_conversation(runtime, conn, entry)
        raise


async def estimate(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId | None, asked: Asked, *, asker: Asker
) -> Estimate:  # fmt: skip
    """Return what a question would take in a chat, or as the first of a new one; nothing is stored.

    Raises NoProvider, ModelNotUsable, TurnNotFound, ContextTooLong.
    """
    talk = NOTHING_SAID
    if chat is not None:
        talk = await _find_talk(runtime, workspace, chat, asked, asker=asker)
    turns = (*talk.before, await _draft(runtime, workspace, asked))
    chosen = await _choose(runtime, workspace, asked, setup=talk.setup, asker=asker)
    if isinstance(chosen, Adviser):
        return await _lacking(runtime, workspace, advising.estimate(runtime, chosen))
    context = await read_context(runtime, workspace, chosen, setup=talk.setup, turns=turns)
    most = Usage(input=context.tokens, output=chosen.answer_tokens)
    return await _lacking(
        runtime,
        workspace,
        Estimate(
            model=chosen.model.id, input_tokens=context.tokens, most_tokens=chosen.answer_tokens, trimmed=context.trimmed,
            cost=money.cost_of(chosen.model, most), charged=money.is_charged(runtime, chosen.model),
        ),
    )  # fmt: skip


async def _lacking(runtime: Runtime, workspace: WorkspaceId, found: Estimate) -> Estimate:
    """Return an estimate with what the balance is short of."""
    if not found.charged or found.cost is None:
        return found
    return replace(found, lacks=await money.lacking(runtime, workspace, found.cost))


async def regenerate(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, seq: int, *, model: str, asker: Asker
) -> Run:  # fmt: skip
    """Queue one more answer to a question, which is named by its own place or that of an answer to it.

    Raises TurnNotFound and what `ask` raises.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        setup = await find_setup(runtime, conn, chat, asker.id)
        turns = list(await BranchRepository(conn).path(chat, seq))
    if turns and turns[-1].is_answer:
        turns.pop()
    if not turns or turns[-1].is_answer:
        raise TurnNotFound
    asked = Asked(content=turns[-1].text, model=model)
    chosen = await _choose(runtime, workspace, asked, setup=setup, asker=asker)
    ready = await _prepare(runtime, workspace, chosen, setup=setup, turns=tuple(turns))
    asking = Asking(runtime=runtime, ready=ready, asker=asker.id, parent_seq=None)
    async with runtime.db.fast.transaction(workspace) as conn:
        await asking.queue(conn, chat, turns[-1].seq)
    return asking.queued[-1]


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


async def _find_talk(
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, asked: Asked, *, asker: Asker
) -> Talk:  # fmt: skip
    """Return what a question comes after, with what may be told of its asker. Raises TurnNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        talk = await BranchRepository(conn).find_talk(chat, edits=asked.edits)
        if talk is None:
            raise TurnNotFound
        about = await answers.about_person(runtime, conn, asker.id)
    return replace(talk, setup=replace(talk.setup, about=about))


async def _choose(
    runtime: Runtime, workspace: WorkspaceId, asked: Asked, *, setup: Setup, asker: Asker, by_name: bool = True
) -> Answerer:  # fmt: skip
    """Return who answers: whom the question begins with (`by_name`), else who is wished for with it, else the chat's own."""
    named = await find_named(runtime, workspace, asked.content, asker) if by_name else None
    return await choose(runtime, workspace, named or asked.model or setup.model, asker=asker)


async def _draft(runtime: Runtime, workspace: WorkspaceId, asked: Asked) -> Turn:
    """Return a question as it will be read. Raises FileNotFound."""
    attached = await _attached(runtime, workspace, asked.files)
    return Turn(seq=0, parent_seq=0, is_answer=False, id=new_id(), text=asked.content, files=attached)  # fmt: skip


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


async def _prepare(
    runtime: Runtime, workspace: WorkspaceId, chosen: Answerer, *, setup: Setup, turns: tuple[Turn, ...]
) -> Ready:  # fmt: skip
    """Return what the answer to the last turn is made from, and what it may cost where somebody pays for it here.

    Who pays nothing is told only by the answer that it does not fit. Raises PriceUnknown, ContextTooLong.
    """
    if isinstance(chosen, Adviser):
        return Ready(chosen, setup, turns, advising.quote(runtime, chosen))
    if not money.is_charged(runtime, chosen.model):
        return Ready(chosen, setup, turns)
    context = await read_context(runtime, workspace, chosen, setup=setup, turns=turns)
    quote = money.quote(chosen.model, input_tokens=context.tokens, max_tokens=chosen.answer_tokens)
    return Ready(chosen, setup, turns, quote, context)


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
