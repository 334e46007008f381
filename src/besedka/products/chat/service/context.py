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
from besedka.products.chat.service.choosing import Chosen
from besedka.products.chat.types import Attached, Setup, Turn

CHARACTERS_PER_TOKEN: Final = 2
LARGEST_PICTURE: Final = 8 * 1024 * 1024
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a model reads, of `tokens` at most. `trimmed` counts earlier messages that had no room, `unread` names files that it cannot read."""

    messages: tuple[Message, ...]
    trimmed: int
    unread: tuple[str, ...]
    tokens: int


async def find_setup(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, person: ActorId
) -> Setup:
    """Return how a chat is answered to a person, with what may be told of them."""
    setup = await BranchRepository(conn).find_setup(chat)
    return replace(setup, about=await answers.about_person(runtime, conn, person))


async def read_context(
    runtime: Runtime, workspace: WorkspaceId, chosen: Chosen, *, setup: Setup, turns: Sequence[Turn]
) -> Context:
    """Return what a model is given to answer the last turn. Raises ContextTooLong when that alone is too long."""
    begun = tuple(system(words) for words in (setup.instructions, setup.about) if words)
    read = llm.ceiling(runtime, chosen.model.id, begun)
    kept: list[tuple[Message, int]] = []
    unread: list[str] = []
    said = [turn for turn in turns if turn.text or turn.files]
    for place, turn in enumerate(reversed(said)):
        message, missing = await _spoken(runtime, workspace, chosen, turn)
        weight = llm.ceiling(runtime, chosen.model.id, (message,))
        if read + weight > chosen.input_tokens and place == 0:
            raise ContextTooLong
        if read + weight > chosen.input_tokens:
            break
        read += weight
        kept.append((message, weight))
        unread += missing
    while kept and said[-len(kept)].is_answer:
        read -= kept.pop()[1]
    messages = (*begun, *(message for message, _ in reversed(kept)))
    return Context(messages, len(said) - len(kept), tuple(unread), read)


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
