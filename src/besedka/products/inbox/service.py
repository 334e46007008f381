"""Use cases of the inbox."""

from dataclasses import dataclass
from uuid import UUID

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import (
    Conversation,
    ConversationId,
    Kind,
    Message,
    Post,
    Visibility,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person writes in a dialog."""

    dialog_id: ConversationId
    person: ActorId
    key: str
    body: str
    visibility: Visibility
    reply_seq: int | None = None
    files: tuple[UUID, ...] = ()
    force: bool = False


async def reply(runtime: Runtime, workspace: WorkspaceId, given: Reply) -> Message:
    """Answer a visitor, taking the dialog over first; a note takes nothing over.

    Raises DialogTaken when another person has it, EpochChanged when somebody took it in between.
    """
    await get_dialog(runtime, workspace, given.dialog_id)
    epoch = None
    if given.visibility is Visibility.PUBLIC:
        dialog = await answers.take_over(
            runtime, workspace, given.dialog_id, person=given.person, force=given.force
        )
        epoch = dialog.epoch
    return await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=given.dialog_id,
            sender_id=given.person, client_key=given.key, body=given.body, visibility=given.visibility,
            reply_seq=given.reply_seq, files=given.files, expected_epoch=epoch, staff=True,
        ),
    )  # fmt: skip


async def get_dialog(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId
) -> Conversation:
    """Return a dialog of the workspace. Raises ChatNotFound."""
    async with runtime.db.fast.acquire(workspace) as conn:
        found = await conversations.get_conversation(conn, dialog_id)
    if found.kind is not Kind.DIALOG:
        raise ChatNotFound
    return found


async def count_waiting(runtime: Runtime, workspace: WorkspaceId) -> int:
    """Return how many dialogs wait for a person, up to a hundred."""
    async with runtime.db.fast.acquire(workspace) as conn:
        return await conversations.count_waiting(conn)


async def take(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, person: ActorId
) -> Conversation:
    """Make a person the owner of a dialog, whoever had it."""
    await get_dialog(runtime, workspace, dialog_id)
    return await answers.take_over(runtime, workspace, dialog_id, person=person, force=True)


async def give_back(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId
) -> Conversation:
    """Give a dialog back to the assistant."""
    await get_dialog(runtime, workspace, dialog_id)
    async with runtime.db.fast.transaction(workspace) as conn:
        return await answers.hand_back(runtime, conn, dialog_id)


async def resolve(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId
) -> Conversation:
    """End a dialog."""
    await get_dialog(runtime, workspace, dialog_id)
    async with runtime.db.fast.transaction(workspace) as conn:
        return await answers.resolve(runtime, conn, dialog_id)


async def call_person(
    runtime: Runtime,
    workspace: WorkspaceId,
    dialog_id: ConversationId,
    *,
    speaker: ActorId,
    locale: str,
) -> None:
    """Put a dialog into the queue of people."""
    await get_dialog(runtime, workspace, dialog_id)
    await answers.hand_off(
        runtime, workspace, dialog_id, reason=HandoffReason.ASKED, speaker=speaker, locale=locale
    )
