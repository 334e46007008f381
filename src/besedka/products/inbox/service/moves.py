"""Who has a dialog, and when. Every move is bound to an epoch and raises it: of two people at once exactly one wins.

A caller who names the epoch that they saw is refused (EpochChanged) when somebody moved the dialog since; without one
the move is bound to the dialog as it is found. What a person's own reply has moved is no news to that person.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound, EpochChanged
from besedka.kernel.conversations.types import (
    UNSET,
    Conversation,
    ConversationId,
    DialogChange,
    DialogState,
    Kind,
    Message,
    Post,
    Priority,
    Snooze,
    Visibility,
)
from besedka.kernel.jobs import service as jobs
from besedka.products.inbox.errors import NoAssistant, OperatorNotFound, WrongState
from besedka.products.inbox.repository.operators import OperatorRepository
from besedka.products.inbox.service.snoozing import check_until, moment_of
from besedka.products.inbox.types import ASSIGN_JOB, WAKE_JOB

RESOLVED = DialogState.RESOLVED.value


async def take(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, person: ActorId, epoch: int | None = None
) -> Conversation:  # fmt: skip
    """Make a person the owner of a dialog, whoever had it."""
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find(conn, dialog_id)
        if epoch is not None:
            return await conversations.set_dialog(
                runtime, conn, dialog.id, state=DialogState.OPEN, assignee_id=person, expected_epoch=epoch
            )  # fmt: skip
    return await answers.take_over(runtime, workspace, dialog_id, person=person, force=True)


async def give_back(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, epoch: int | None = None,
    person: ActorId | None = None,
) -> Conversation:  # fmt: skip
    """Give a dialog back to the assistant. Raises NoAssistant where none takes part: nobody would answer there."""
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find(conn, dialog_id)
        if not await answers.has_assistant(conn, dialog_id):
            raise NoAssistant
        moved = await answers.hand_back(
            runtime, conn, dialog_id, epoch=_bound(dialog, epoch, person)
        )
        await _call_for_next(conn)
        return moved


async def resolve(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, epoch: int | None = None,
    person: ActorId | None = None,
) -> Conversation:  # fmt: skip
    """End a dialog; one that is resolved already stays as it is."""
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find(conn, dialog_id)
        if dialog.state == RESOLVED and epoch in {None, dialog.epoch}:
            return dialog
        moved = await answers.resolve(runtime, conn, dialog_id, epoch=_bound(dialog, epoch, person))
        await _call_for_next(conn)
        return moved


async def reopen(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, person: ActorId, epoch: int | None = None
) -> Conversation:  # fmt: skip
    """Open a resolved or snoozed dialog again, as a person's own. Raises WrongState."""
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find(conn, dialog_id)
        if dialog.state not in {RESOLVED, DialogState.SNOOZED}:
            raise WrongState
        return await conversations.set_dialog(
            runtime, conn, dialog_id, state=DialogState.OPEN, assignee_id=person, expected_epoch=_bound(dialog, epoch)
        )  # fmt: skip


async def snooze(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, until: datetime, epoch: int | None = None,
    person: ActorId | None = None,
) -> Conversation:  # fmt: skip
    """Put a dialog off until a moment; a word of the visitor ends that at once. Raises WrongState, InvalidInput."""
    check_until(until, now=clock.now())
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find_unresolved(conn, dialog_id)
        change = DialogChange(state=DialogState.SNOOZED, snoozed_until=until)
        moved = await conversations.move_dialog(
            runtime, conn, dialog_id, change=change, expected_epoch=_bound(dialog, epoch, person)
        )
        await jobs.defer(
            conn, WAKE_JOB, {"dialog": str(dialog_id), "epoch": moved.epoch}, run_at=until
        )
        await _call_for_next(conn)
        return moved


async def wake(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, epoch: int
) -> bool:
    """Open a snoozed dialog whose time has come; False when it was moved since it was put off."""
    try:
        async with runtime.db.fast.transaction(workspace) as conn:
            await conversations.set_dialog(
                runtime, conn, dialog_id, state=DialogState.OPEN, expected_epoch=epoch
            )
    except (EpochChanged, ChatNotFound):
        return False
    return True


async def unassign(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, person: ActorId, epoch: int | None = None
) -> Conversation:  # fmt: skip
    """Put a dialog back into the queue; it is not given to the same person again by itself. Raises WrongState."""
    async with runtime.db.fast.transaction(workspace) as conn:
        dialog = await _find_unresolved(conn, dialog_id)
        await _note_giver(runtime, conn, dialog, person)
        return await conversations.set_dialog(
            runtime, conn, dialog_id, state=DialogState.OPEN, assignee_id=None, expected_epoch=_bound(dialog, epoch)
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Whom a dialog is handed to: a person, a team's queue, or a person of a team; with neither it goes back to the queue.

    The note is for colleagues.
    """

    to: ActorId | None = None
    team: UUID | None = None
    note: str = ""
    epoch: int | None = None


async def transfer(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, by: ActorId, given: Transfer
) -> None:  # fmt: skip
    """Hand a dialog over, and post the note if there is one, in one transaction.

    Raises OperatorNotFound, TeamNotFound, WrongState, EpochChanged.
    """
    async with runtime.db.fast.acquire(workspace) as conn:
        dialog = await _find_unresolved(conn, dialog_id)
        await _check_target(conn, given)
    bound = _bound(dialog, given.epoch)
    change = DialogChange(
        state=DialogState.OPEN, assignee_id=given.to, team_id=UNSET if given.team is None else given.team
    )  # fmt: skip

    async def hand_over(conn: TenantConn, _message: Message | None = None) -> None:
        if given.to is None and given.team is None:
            await _note_giver(runtime, conn, dialog, by)
        await conversations.move_dialog(
            runtime, conn, dialog_id, change=change, expected_epoch=bound
        )

    if not given.note:
        async with runtime.db.fast.transaction(workspace) as conn:
            await hand_over(conn)
        return
    await conversations.post(
        runtime,
        Post(
            workspace_id=workspace, conversation_id=dialog_id, sender_id=by, client_key=f"transfer:{new_id()}",
            body=given.note, visibility=Visibility.INTERNAL, expected_epoch=bound, companion=hand_over, staff=True,
        ),
    )  # fmt: skip


async def to_team(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, by: ActorId, team: UUID
) -> None:
    """Hand a dialog to a team's queue. Raises TeamNotFound, WrongState."""
    await transfer(runtime, workspace, dialog_id, by=by, given=Transfer(team=team))


async def put_off(
    runtime: Runtime,
    workspace: WorkspaceId,
    dialog_id: ConversationId,
    *,
    choice: Snooze,
    zone: str,
) -> None:
    """Put a dialog off until what a choice means in a zone. Raises WrongState."""
    until = moment_of(choice, zone=zone, now=clock.now())
    await snooze(runtime, workspace, dialog_id, until=until)


async def set_priority(
    runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, priority: Priority
) -> Conversation:
    """Say how soon a dialog wants to be looked at."""
    async with runtime.db.fast.transaction(workspace) as conn:
        await _find(conn, dialog_id)
        return await conversations.mark_dialog(runtime, conn, dialog_id, priority=priority)


async def _note_giver(
    runtime: Runtime, conn: TenantConn, dialog: Conversation, person: ActorId
) -> None:
    """Remember who gave a dialog back: it is not given to them again by itself."""
    giver = {"gave_back": str(dialog.assignee_id or person)}
    await conversations.update_conversation(runtime, conn, dialog.id, meta=giver)


async def _check_target(conn: TenantConn, given: Transfer) -> None:
    if given.team is not None:
        await conversations.get_team(conn, given.team)
    if given.to is not None:
        operators = await OperatorRepository(conn).all()
        if not any(each.actor_id == given.to for each in operators):
            raise OperatorNotFound


async def _find(conn: TenantConn, dialog_id: ConversationId) -> Conversation:
    found = await conversations.get_conversation(conn, dialog_id)
    if found.kind is not Kind.DIALOG:
        raise ChatNotFound
    return found


async def _find_unresolved(conn: TenantConn, dialog_id: ConversationId) -> Conversation:
    found = await _find(conn, dialog_id)
    if found.state == RESOLVED:
        raise WrongState
    return found


def _bound(dialog: Conversation, epoch: int | None, person: ActorId | None = None) -> int:
    """Return the epoch that a move is bound to.

    A reply makes the dialog its person's own and begins an epoch that their page may not know yet: to answer and to
    resolve at once is one deed, not two people in each other's way. Whoever waits for an answer again undoes that.
    """
    owns = dialog.state == DialogState.OPEN and person is not None and dialog.assignee_id == person
    if owns and dialog.waiting_since is None and epoch == dialog.epoch - 1:
        return dialog.epoch
    return dialog.epoch if epoch is None else epoch


async def _call_for_next(conn: TenantConn) -> None:
    """Somebody has room for another dialog: if one waits to be given, have that looked at."""
    if await OperatorRepository(conn).queue(most=1):
        await jobs.defer(conn, ASSIGN_JOB)
