"""What a model is given to read: the chat's instructions, and as much of the branch as it can take, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.files import service as files
from besedka.kernel.files.errors import FileNotFound
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import ContextTooLong
from besedka.kernel.llm.types import Ability, ImagePart, Message, assistant, system, user
from besedka.products.chat.repository import BranchRepository
from besedka.products.chat.service.choosing import Answerer, Chosen
from besedka.products.chat.service.mentions import without_mention
from besedka.products.chat.types import Attached, Setup, Summary, Turn

CHARACTERS_PER_TOKEN: Final = 2
LARGEST_PICTURE: Final = 8 * 1024 * 1024
SUMMED_UP: Final = (
    "What was said in this conversation before the messages below, summed up because it is too long to be given whole:"
    "\n\n{summary}"
)
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a model reads, of `tokens` at most. `trimmed` counts earlier messages that had no room, `unread` names files that it cannot read.

    A summary stands for `covered` messages; where some had no room, another one is due `until` a turn.
    """

    messages: tuple[Message, ...]
    trimmed: int
    unread: tuple[str, ...]
    tokens: int
    covered: int = 0
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn as a model reads it, and how many tokens that takes."""

    message: Message
    size: int
    unread: tuple[str, ...]


async def find_setup(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, person: ActorId
) -> Setup:
    """Return how a chat is answered to a person, with what may be told of them."""
    setup = await BranchRepository(conn).find_setup(chat)
    return replace(setup, about=await answers.about_person(runtime, conn, person))


async def read_context(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, *, setup: Setup, turns: Sequence[Turn]
) -> Context:
    """Return what a model is given to answer the last turn. Raises ContextTooLong when that alone is too long.

    Where not all of it has room, a summary stands for the turns that it covers, unless it takes half of the room itself.
    """
    begun = tuple(system(words) for words in (setup.instructions, setup.about) if words)
    said = [turn for turn in _addressed(turns, chosen) if turn.text or turn.files]
    room = chosen.input_tokens
    spoken = await _newest(
        runtime, workspace, chosen, said, room=room - llm.ceiling(runtime, chosen.id, begun)
    )
    covered = 0
    summary = newest_of(setup.summaries, turns)
    if len(spoken) < len(said) and summary is not None:
        told = (*begun, system(SUMMED_UP.format(summary=summary.body)))
        takes = llm.ceiling(runtime, chosen.id, told)
        if takes <= room // 2 and spoken[0].size <= room - takes:
            begun = told
            covered = sum(turn.seq <= summary.until_seq for turn in said[:-1])
    left = room - llm.ceiling(runtime, chosen.id, begun)
    kept = _fitting(spoken[: len(said) - covered], left)
    while kept and said[-len(kept)].is_answer:
        kept.pop()
    trimmed = len(said) - covered - len(kept)
    unread = tuple(name for each in kept for name in each.unread)
    until = _due_until(said, [each.size for each in kept], most=room // 2) if trimmed else None
    messages = (*begun, *(each.message for each in reversed(kept)))
    tokens = room - left + sum(each.size for each in kept)
    return Context(messages, trimmed, unread, tokens, covered, until)


async def _newest(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, said: Sequence[Turn], *, room: int
) -> list[Spoken]:
    """Return the last turns as the model reads them, the newest first, as many as have room. Raises ContextTooLong."""
    found: list[Spoken] = []
    for turn in reversed(said):
        message, unread = await _spoken(runtime, workspace, chosen, turn)
        size = llm.ceiling(runtime, chosen.id, (message,))
        room -= size
        if room < 0:
            break
        found.append(Spoken(message, size, tuple(unread)))
    if said and not found:
        raise ContextTooLong
    return found


def _fitting(spoken: Sequence[Spoken], room: int) -> list[Spoken]:
    """Return the first of them that have room."""
    kept: list[Spoken] = []
    for each in spoken:
        room -= each.size
        if room < 0:
            break
        kept.append(each)
    return kept


def newest_of(summaries: Sequence[Summary], turns: Sequence[Turn]) -> Summary | None:
    """Return the newest summary of what was said on a branch before its last turn."""
    here = {turn.seq for turn in turns[:-1]}
    return next((each for each in reversed(summaries) if each.until_seq in here), None)


def _due_until(said: Sequence[Turn], sizes: Sequence[int], *, most: int) -> int | None:
    """Return the last turn that a summary is to cover: all that was cut, and more until half of the room is free again.

    `sizes` are those of the turns that were kept, the newest first.
    """
    begins = len(said) - 1
    taken = sizes[0]
    while begins > len(said) - len(sizes) and taken + sizes[len(said) - begins] <= most:
        taken += sizes[len(said) - begins]
        begins -= 1
    while begins < len(said) - 1 and said[begins].is_answer:
        begins += 1
    return said[begins - 1].seq if begins else None


def _addressed(turns: Sequence[Turn], chosen: Answerer) -> Sequence[Turn]:
    """Take the name of who answers off the question that begins with it."""
    *before, last = turns
    return [*before, replace(last, text=without_mention(last.text, chosen.names))]


async def _spoken(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, turn: Turn
) -> tuple[Message, list[str]]:
    """Return a turn as the model reads it, and the names of files that are left out."""
    if turn.is_answer:
        return assistant(turn.text), []
    pictures: list[ImagePart] = []
    texts, unread = [turn.text] if turn.text else [], list[str]()
    for file in turn.files:
        if file.media_type in PICTURES:
            picture = await _picture(runtime, workspace, chosen, file)
            pictures += [] if picture is None else [picture]
            found = picture is not None
        else:
            words = await _document(runtime, workspace, file, most=_share(chosen, turn))
            texts += [] if words is None else [words]
            found = words is not None
        if not found:
            unread.append(file.name)
    texts += [f"[{name}: not readable for you]" for name in unread]
    return user("\n\n".join(texts), *pictures), unread


def _share(chosen: Chosen, turn: Turn) -> int:
    """Return how many characters each document of a question gets."""
    return chosen.input_tokens * CHARACTERS_PER_TOKEN // (2 * max(len(turn.files), 1))


async def _picture(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, file: Attached
) -> ImagePart | None:
    abilities = chosen.model.abilities
    if abilities is not None and Ability.VISION not in abilities:
        return None
    try:
        opened = await files.open_file(runtime, workspace, file.id)
        if opened.size > LARGEST_PICTURE:
            return None
        data = b"".join([piece async for piece in opened.read()])
    except FileNotFound:
        return None
    return ImagePart(data, opened.media_type)


async def _document(
    runtime: Runtime, workspace: WorkspaceId, file: Attached, *, most: int
) -> str | None:
    try:
        text = await knowledge.text_of_file(runtime, workspace, file.id, name=file.name)
    except FileNotFound:
        return None
    if text is None:
        return None
    shown = text if len(text) <= most else f"{text[:most]}\n[…]"
    return f"<document name={file.name!r}>\n{shown}\n</document>"
