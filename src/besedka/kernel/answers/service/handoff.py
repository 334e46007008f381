"""Who has a dialog: the assistant, the queue, or one person. Every change raises the dialog's epoch.

An answer is only said while the epoch is the one it was begun under, so nobody who took a dialog is talked over.
"""

from uuid import UUID

from besedka.core.i18n import Locale, text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.answers.errors import DialogTaken
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import EpochChanged
from besedka.kernel.conversations.service import Post
from besedka.kernel.conversations.types import Conversation, DialogState, MessageKind

TRIES = 3


async def hand_off(
    runtime: Runtime, workspace: WorkspaceId, conversation_id: UUID, *, reason: HandoffReason,
    speaker: ActorId, locale: Locale, expected_epoch: int | None = None,
) -> Conversation | None:  # fmt: skip
    """Put a dialog into the queue of people and say so in it; None when it was no longer the assistant's.

    Raises EpochChanged when `expected_epoch` is over.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        dialog = await conversations.get_conversation(conn, conversation_id)
    if dialog.state == DialogState.OPEN:
        return None
    epoch = dialog.epoch if expected_epoch is None else expected_epoch
    opened = await conversations.set_dialog(
        runtime,
        workspace,
        conversation_id,
        state=DialogState.OPEN,
        assignee_id=None,
        expected_epoch=epoch,
    )
    await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=conversation_id, sender_id=speaker,
            client_key=f"handoff:{opened.epoch}", body=text(locale, f"answers.handoff_{reason}"),
            kind=MessageKind.SYSTEM, meta={"event": "handoff", "reason": str(reason)}, as_member=False,
        ),
    )  # fmt: skip
    return opened


async def take_over(
    runtime: Runtime,
    workspace: WorkspaceId,
    conversation_id: UUID,
    *,
    person: ActorId,
    force: bool = False,
) -> Conversation:
    """Make one person the owner of a dialog. Raises DialogTaken when another is, unless forced.

    Of two people at once exactly one wins: the change is bound to the epoch that was read.
    """
    for _ in range(TRIES):
        async with runtime.db.fast.acquire(workspace) as conn:
            dialog = await conversations.get_conversation(conn, conversation_id)
            if dialog.assignee_id == person and dialog.state == DialogState.OPEN:
                return dialog
            if (
                dialog.assignee_id not in {None, person}
                and dialog.state == DialogState.OPEN
                and not force
            ):
                assert dialog.assignee_id is not None
                raise DialogTaken(name=await accounts.actor_name(conn, dialog.assignee_id))
        try:
            return await conversations.set_dialog(
                runtime, workspace, conversation_id, state=DialogState.OPEN, assignee_id=person,
                expected_epoch=dialog.epoch,
            )  # fmt: skip
        except EpochChanged:
            continue
    raise EpochChanged


async def hand_back(
    runtime: Runtime, workspace: WorkspaceId, conversation_id: UUID
) -> Conversation:
    """Give a dialog back to the assistant."""
    return await conversations.set_dialog(
        runtime, workspace, conversation_id, state=DialogState.PENDING, assignee_id=None
    )


async def resolve(runtime: Runtime, workspace: WorkspaceId, conversation_id: UUID) -> Conversation:
    """End a dialog; the next message of the visitor opens it for the assistant again."""
    return await conversations.set_dialog(
        runtime, workspace, conversation_id, state=DialogState.RESOLVED
    )
