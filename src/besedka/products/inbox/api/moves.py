"""JSON of the inbox: who has a dialog, and when. Every move may name the epoch that the caller has seen."""

from fastapi import APIRouter, Response

from besedka.core import clock
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import InvalidInput
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.conversations.types import ConversationId
from besedka.products.inbox import service
from besedka.products.inbox.deps import Writer, shown
from besedka.products.inbox.schemas import DialogRead, Move, SnoozeCreate, TransferCreate

router = APIRouter(tags=["inbox"], route_class=KeyedRoute)

ERRORS = problems(401, 403, 404, 409, 422)


@router.post(
    "/dialogs/{dialog_id}/resolve",
    response_model=DialogRead,
    summary="End a dialog",
    responses=ERRORS,
)
async def resolve(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, body: Move | None = None
) -> Response:
    """Mark a dialog as resolved. 409 `epoch_changed` when it was moved since `epoch`."""
    await service.resolve(
        runtime, identity.workspace_id, dialog_id, epoch=_epoch(body), person=identity.actor_id
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/reopen",
    response_model=DialogRead,
    summary="Open a resolved dialog again",
    responses=ERRORS,
)
async def reopen(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, body: Move | None = None
) -> Response:
    """Open a resolved or snoozed dialog as one's own. 409 `wrong_state` for another."""
    await service.reopen(
        runtime, identity.workspace_id, dialog_id, person=identity.actor_id, epoch=_epoch(body)
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/snooze",
    response_model=DialogRead,
    summary="Put a dialog off",
    responses=ERRORS,
)
async def snooze(
    dialog_id: ConversationId, body: SnoozeCreate, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Put a dialog off until `until`, or until what `choice` means in `zone`; a visitor who writes wakes it at once."""
    until = body.until
    if until is None:
        if body.choice is None:
            raise InvalidInput(field="until")
        until = service.moment_of(body.choice, zone=body.zone, now=clock.now())
    await service.snooze(
        runtime,
        identity.workspace_id,
        dialog_id,
        until=until,
        epoch=body.epoch,
        person=identity.actor_id,
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/transfer",
    response_model=DialogRead,
    summary="Hand a dialog to somebody",
    responses=ERRORS,
)
async def transfer(
    dialog_id: ConversationId, body: TransferCreate, runtime: CurrentRuntime, identity: Writer
) -> Response:
    """Hand a dialog to a person or to a team's queue, with a note for colleagues."""
    if body.assignee is None and body.team is None:
        raise InvalidInput(field="assignee")
    given = service.Transfer(to=body.assignee, team=body.team, note=body.note, epoch=body.epoch)
    await service.transfer(
        runtime, identity.workspace_id, dialog_id, by=identity.actor_id, given=given
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/dialogs/{dialog_id}/unassign",
    response_model=DialogRead,
    summary="Put a dialog back into the queue",
    responses=ERRORS,
)
async def unassign(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, body: Move | None = None
) -> Response:
    """Take a dialog from its person; it waits for somebody again."""
    await service.unassign(
        runtime, identity.workspace_id, dialog_id, person=identity.actor_id, epoch=_epoch(body)
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/handoff/{dialog_id}/take",
    response_model=DialogRead,
    summary="Take a dialog",
    responses=ERRORS,
)
async def take(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, body: Move | None = None
) -> Response:
    """Become the owner of a dialog, whoever had it; with `epoch` only if nobody has moved it since."""
    await service.take(
        runtime, identity.workspace_id, dialog_id, person=identity.actor_id, epoch=_epoch(body)
    )
    return await shown(runtime, identity, dialog_id)


@router.post(
    "/handoff/{dialog_id}/return",
    response_model=DialogRead,
    summary="Give a dialog back",
    responses=ERRORS,
)
async def give_back(
    dialog_id: ConversationId, runtime: CurrentRuntime, identity: Writer, body: Move | None = None
) -> Response:
    """Give a dialog back to the assistant."""
    await service.give_back(
        runtime, identity.workspace_id, dialog_id, epoch=_epoch(body), person=identity.actor_id
    )
    return await shown(runtime, identity, dialog_id)


def _epoch(body: Move | None) -> int | None:
    return None if body is None else body.epoch
