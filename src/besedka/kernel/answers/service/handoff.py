"""Who has a dialog: the assistant, the queue, or one person. Every change raises the dialog's epoch.

An answer is only said while the epoch is the one it was begun under, so nobody who took a dialog is talked over.
"""

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import as_locale
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers.errors import DialogTaken
from besedka.kernel.answers.events import HandedOff
from besedka.kernel.answers.repository.runs import RunRepository
from besedka.kernel.answers.service.closed import said_when
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import EpochChanged
from besedka.kernel.conversations.types import (
    Companion,
    Conversation,
    ConversationId,
    DialogState,
    Message,
    MessageKind,
    Post,
)

TRIES = 3


async def hand_off(  # noqa: PLR0913 - each says how to hand over
    runtime: Runtime, workspace: WorkspaceId, chat: ConversationId, *, reason: HandoffReason, speaker: ActorId,
    locale: str, expected_epoch: int | None = None, companion: Companion | None = None,
) -> bool:  # fmt: skip
    """Put a dialog into the queue of people and say so in it, in one transaction; False when people had it already.

    After a wish for a person the assistant is silent; one that called a person by itself answers until somebody comes.
    `companion` writes more in that transaction. Raises EpochChanged when `expected_epoch` is over.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        dialog = await conversations.get_conversation(conn, chat)
        is_answered = await RunRepository(conn).answers_in(chat)
    if dialog.state == DialogState.OPEN and expected_epoch is None and not is_answered:
        return False
    epoch = dialog.epoch if expected_epoch is None else expected_epoch

    async def open_it(conn: TenantConn, message: Message) -> None:
        await conversations.set_dialog(
            runtime, conn, chat, state=DialogState.OPEN, assignee_id=None, expected_epoch=epoch
        )
        if companion is not None:
            await companion(conn, message)
        await events.publish(
            conn, HandedOff(workspace_id=workspace, conversation_id=chat, locale=as_locale(locale))
        )

    await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=chat, sender_id=speaker, client_key=f"handoff:{epoch}",
            body=await said_when(runtime, workspace, reason, locale=locale), kind=MessageKind.SYSTEM,
            meta={"event": "handoff", "reason": str(reason)}, expected_epoch=epoch, companion=open_it,
            as_member=False,
        ),
    )  # fmt: skip
    return True


async def take_over(
    runtime: Runtime,
    workspace: WorkspaceId,
    chat: ConversationId,
    *,
    person: ActorId,
    force: bool = False,
) -> Conversation:
    """Make one person the owner of a dialog. Raises DialogTaken when another is, unless forced.

    Of two people at once exactly one wins: the change is bound to the epoch that was read.
    """
    for _ in range(TRIES):
        try:
            async with runtime.db.fast.transaction(workspace) as conn:
                return await _take(runtime, conn, chat, person=person, force=force)
        except EpochChanged:
            continue
    raise EpochChanged


async def _take(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, person: ActorId, force: bool
) -> Conversation:
    dialog = await conversations.get_conversation(conn, chat)
    if dialog.state == DialogState.OPEN and dialog.assignee_id is not None:
        if dialog.assignee_id == person:
            return dialog
        if not force:
            owner = await conversations.find_face(conn, dialog.assignee_id)
            raise DialogTaken(name=owner.name if owner else "")
    return await conversations.set_dialog(
        runtime, conn, chat, state=DialogState.OPEN, assignee_id=person, expected_epoch=dialog.epoch
    )


async def has_assistant(conn: TenantConn, chat: ConversationId) -> bool:
    """Whether there is an assistant in a dialog to whom it can be given back: one that answers."""
    return await RunRepository(conn).has_active(chat)


async def hand_back(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, epoch: int | None = None
) -> Conversation:
    """Give a dialog back to the assistant. Raises EpochChanged when `epoch` is over."""
    return await conversations.set_dialog(
        runtime, conn, chat, state=DialogState.PENDING, assignee_id=None, expected_epoch=epoch
    )


async def resolve(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, epoch: int | None = None
) -> Conversation:
    """End a dialog; the visitor's next message opens it again. Raises EpochChanged when `epoch` is over."""
    return await conversations.set_dialog(
        runtime, conn, chat, state=DialogState.RESOLVED, expected_epoch=epoch
    )


async def open_for_visitor(runtime: Runtime, conn: TenantConn, dialog: Conversation) -> bool:
    """Open a dialog whose visitor writes again; return whether the assistant has it now.

    A snoozed one goes on with its person, a resolved one with the assistant, or in the queue when there is none in it;
    there one goes on that waited for an assistant who was deleted since.
    """
    if dialog.state == DialogState.SNOOZED:
        await conversations.set_dialog(runtime, conn, dialog.id, state=DialogState.OPEN)
        return False
    if dialog.state == DialogState.OPEN:
        return False
    if await RunRepository(conn).has_assistant(dialog.id):
        await hand_back(runtime, conn, dialog.id)
        return True
    await conversations.set_dialog(
        runtime, conn, dialog.id, state=DialogState.OPEN, assignee_id=None
    )
    return False
