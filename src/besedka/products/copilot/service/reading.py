"""What a model is given to read of a dialog: only what the visitor sees of it, too."""

from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import as_locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import (
    ConversationId,
    Kind,
    Message,
    MessageKind,
    Viewer,
)
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import NoProvider
from besedka.products.copilot.errors import NothingSaid
from besedka.products.copilot.types import Line, Speaker, Talk

MESSAGES = 60
LINE_CHARACTERS = 1500
PUBLIC = Viewer(actor_id=ActorId(UUID(int=0)), internal=False)
"""Notes for colleagues stay out of every request: what is not read cannot be told to a visitor."""
_SPEAKERS = {
    ActorKind.CONTACT.value: Speaker.VISITOR,
    ActorKind.ASSISTANT.value: Speaker.ASSISTANT,
}


async def has_model(runtime: Runtime, workspace: WorkspaceId) -> bool:
    """Whether there is a model that could help."""
    return await llm.find_provider(runtime, workspace) is not None


async def get_provider(runtime: Runtime, workspace: WorkspaceId) -> llm.Provider:
    """Return the workspace's provider. Raises NoProvider."""
    found = await llm.find_provider(runtime, workspace)
    if found is None:
        raise NoProvider
    return found


async def read_talk(conn: TenantConn, dialog_id: ConversationId) -> Talk:
    """Return the last messages of a dialog. Raises ChatNotFound."""
    dialog = await conversations.get_conversation(conn, dialog_id)
    if dialog.kind is not Kind.DIALOG:
        raise ChatNotFound
    newest_first = await conversations.page(conn, dialog_id, viewer=PUBLIC, limit=MESSAGES)
    wished = dialog.meta.get("locale")
    return Talk(
        dialog_id=dialog_id,
        lines=tuple(_line(each) for each in reversed(newest_first) if _is_said(each)),
        seq=dialog.last_public_seq,
        mod=dialog.mod,
        locale=as_locale(wished if isinstance(wished, str) else None),
    )


def _is_said(message: Message) -> bool:
    return message.kind == MessageKind.TEXT and message.deleted_at is None and bool(message.body)


def _line(message: Message) -> Line:
    speaker = _SPEAKERS.get(message.sender.kind, Speaker.OPERATOR)
    return Line(speaker, message.body[:LINE_CHARACTERS])


def question_of(talk: Talk) -> str:
    """Return what the visitor said last, all of it that nobody has answered between. Raises NothingSaid."""
    said: list[str] = []
    for line in reversed(talk.lines):
        if line.speaker is Speaker.VISITOR:
            said.append(line.text)
        elif said:
            break
    if not said:
        raise NothingSaid
    return "\n".join(reversed(said))
