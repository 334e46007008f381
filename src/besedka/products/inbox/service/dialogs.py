"""Reading dialogs and writing in them."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound, ContactNotFound
from besedka.kernel.conversations.types import (
    Conversation,
    ConversationId,
    DialogState,
    Kind,
    Message,
    Post,
    Visibility,
)
from besedka.products.inbox.errors import DialogExists
from besedka.products.inbox.events import DialogStarted


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


async def start(
    runtime: Runtime, workspace: WorkspaceId, *, contact: ActorId, person: ActorId, body: str
) -> Conversation:
    """Write to a known contact first: the message begins a dialog that is the person's own.

    Raises ContactNotFound, DialogExists when a dialog with them is unresolved, EmptyMessage and others for bad words.
    """
    dialog = await _begin(runtime, workspace, contact=contact, person=person)

    async def tell(conn: TenantConn, _message: Message) -> None:
        await events.publish(
            conn, DialogStarted(workspace_id=workspace, dialog_id=dialog.id, contact_id=contact)
        )

    try:
        await conversations.post(
            runtime,
            Post(
                workspace_id=workspace, conversation_id=dialog.id, sender_id=person, client_key=str(new_id()),
                body=body, expected_epoch=dialog.epoch, companion=tell, staff=True,
            ),
        )  # fmt: skip
    except BesedkaError:
        # Nothing was said, so there is no dialog.
        async with runtime.db.fast.transaction(workspace) as conn:
            await conversations.discard_dialog(runtime, conn, dialog.id)
        raise
    return dialog


async def _begin(
    runtime: Runtime, workspace: WorkspaceId, *, contact: ActorId, person: ActorId
) -> Conversation:
    async with runtime.db.fast.transaction(workspace) as conn:
        if await conversations.find_contact(conn, contact) is None:
            raise ContactNotFound
        if (known := await conversations.open_dialog_of(conn, contact)) is not None:
            raise DialogExists(dialog=str(known))
        made = await conversations.create_dialog(
            runtime,
            conn,
            contact=contact,
            state=DialogState.OPEN,
            meta=await _origin(conn, contact),
        )
        return await conversations.set_dialog(
            runtime, conn, made.id, assignee_id=person, expected_epoch=made.epoch
        )


async def _origin(conn: TenantConn, contact: ActorId) -> dict[str, JsonValue]:
    """Return what is known of how a contact is reached: the channel, and their language."""
    card = await conversations.get_card(conn, contact)
    found: dict[str, JsonValue] = {}
    if card.identities:
        found["channel"] = card.identities[0].channel
    if card.contact.locale:
        found["locale"] = card.contact.locale
    return found
