"""A reply that an operator could send: from the assistant's documents, written by a model or quoted without one."""

import re
from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.service.citations import UNKNOWN, Marks, new_nonce
from besedka.kernel.answers.types import Assistant
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, ParticipantRole
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Hit, Retrieval
from besedka.kernel.llm import service as llm
from besedka.products.copilot.errors import NoAssistant
from besedka.products.copilot.service import prompts
from besedka.products.copilot.service.reading import question_of, read_talk
from besedka.products.copilot.service.speaking import Call, OnText, speak, unheard
from besedka.products.copilot.types import Desk, Mode, Purpose, Source, Written

PASSAGES = 6
QUOTE_CHARACTERS = 600
MOST_TOKENS = 900
_NUMBER = re.compile(r" ?\[\d{1,2}\]")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_END = ".,;:!?)»”\"'"


async def suggest(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, on_text: OnText = unheard
) -> Written:  # fmt: skip
    """Return a reply to what the visitor said last, with the passages that it stands on.

    Without a model it is the best passage, word for word. Raises ChatNotFound, NothingSaid, NoAssistant, LlmError.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        talk = await read_talk(conn, dialog_id)
        who = await _assistant_of(conn, dialog_id)
    provider = await llm.find_provider(runtime, workspace, model=who.model)
    desk = Desk(talk, question_of(talk), who, provider)
    found = await knowledge.retrieve(
        runtime,
        workspace,
        who.collection_ids,
        answers.searched_for(desk.question),
        limit=PASSAGES,
        provider=provider,
    )
    if provider is None:
        return _quote(desk, found)
    return await _write(runtime, workspace, desk, provider, found.hits, on_text)


async def _assistant_of(conn: TenantConn, dialog_id: ConversationId) -> Assistant:
    """Return the assistant that takes part in a dialog, unless it was put away, else the workspace's first one.

    Raises NoAssistant.
    """
    for each in await conversations.list_participants(conn, dialog_id):
        if each.role == ParticipantRole.ASSISTANT:
            who = await answers.find_assistant(conn, each.actor.id)
            if who is not None and not who.is_away:
                return who
    others = await answers.list_assistants(conn)
    if not others:
        raise NoAssistant
    return others[0]


def _quote(desk: Desk, found: Retrieval) -> Written:
    if not found.hits or found.confidence < desk.who.threshold:
        return Written("", Mode.UNKNOWN)
    best = found.hits[0]
    return Written(
        (best.quote or best.text)[:QUOTE_CHARACTERS], Mode.QUOTED, (_source(desk, best),)
    )


async def _write(
    runtime: Runtime, workspace: WorkspaceId, desk: Desk, provider: llm.Provider, hits: Sequence[Hit],
    on_text: OnText,
) -> Written:  # fmt: skip
    nonce = new_nonce()
    marks = Marks(nonce, len(hits))
    held = ""

    def show(piece: str) -> None:
        nonlocal held
        shown = _NUMBER.sub("", held + marks.feed(piece))
        held = shown[
            len(shown.rstrip(" ")) :
        ]  # a mark may follow, which goes with the space before it
        on_text(shown.removesuffix(held))

    messages = prompts.suggestion(desk.talk, desk.question, who=desk.who, hits=hits, nonce=nonce)
    call = Call(provider, messages, Purpose.SUGGESTION, MOST_TOKENS, desk.who.model)
    said, run_id = await speak(runtime, workspace, call, show)
    clean = Marks(nonce, len(hits))
    text = _NUMBER.sub("", clean.feed(said) + clean.finish())
    text = without_foreign_links(text, [desk.who.instructions, *(hit.text for hit in hits)])
    sources = tuple(_source(desk, hits[place]) for place in clean.used)
    mode = Mode.UNKNOWN if UNKNOWN in clean.actions or not sources else Mode.MODEL
    return Written(text, mode, sources, run_id)


def without_foreign_links(text: str, known: Sequence[str]) -> str:
    """Leave out links that stand in nothing the company wrote: a dialog must not bring them into a reply."""
    said = "\n".join(known)
    return _LINK.sub(lambda found: found[0] if found[0].rstrip(_END) in said else "", text).strip()


def _source(desk: Desk, hit: Hit) -> Source:
    return Source(
        source_id=hit.source_id, chunk_id=hit.chunk_id, title=" › ".join((hit.title, *hit.heading)),
        quote=hit.quote[:QUOTE_CHARACTERS], url=hit.url or "", assistant_id=desk.who.id,
    )  # fmt: skip
