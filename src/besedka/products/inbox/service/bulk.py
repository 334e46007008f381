"""One action on many dialogs: each is changed by itself, so that one refusal stops nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core.errors import BesedkaError, DatabaseAway, InvalidInput, NotFound
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import STAFF_READS, ConversationId, Priority
from besedka.products.inbox.service import moves
from besedka.products.inbox.types import BulkAction, BulkResult

NEEDS = {
    BulkAction.PRIORITY: "priority",
    BulkAction.SNOOZE: "until",
    BulkAction.ASSIGN: "assignee",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What is done with many dialogs, and with what."""

    action: BulkAction
    assignee: ActorId | None = None
    team: UUID | None = None
    label: UUID | None = None
    priority: Priority | None = None
    until: datetime | None = None


async def carry_out(
    runtime: Runtime, identity: Identity, dialogs: Sequence[ConversationId], *, bulk: Bulk
) -> BulkResult:
    """Do it with each dialog; what is refused for one is told, and the others go on.

    Raises NotFound when nothing was changed because nothing of what was named is there.
    """
    changed, refused = 0, list[tuple[ConversationId, str]]()
    missing = list[NotFound]()
    for dialog in dict.fromkeys(dialogs):
        try:
            await _one(runtime, identity, dialog, bulk)
            changed += 1
        except (DatabaseAway, InvalidInput):
            raise
        except BesedkaError as error:
            refused.append((dialog, error.code))
            if isinstance(error, NotFound):
                missing.append(error)
    if missing and len(missing) == len(refused) and not changed:
        raise missing[0]
    return BulkResult(changed, tuple(refused))


async def _one(runtime: Runtime, identity: Identity, dialog: ConversationId, bulk: Bulk) -> None:
    workspace = identity.workspace_id
    match bulk.action:
        case BulkAction.RESOLVE:
            await moves.resolve(runtime, workspace, dialog)
        case BulkAction.UNASSIGN:
            await moves.unassign(runtime, workspace, dialog, person=identity.actor_id)
        case BulkAction.RETURN:
            await moves.give_back(runtime, workspace, dialog)
        case BulkAction.LABEL | BulkAction.UNLABEL:
            await _label(runtime, identity, dialog, bulk)
        case _:
            await _one_with(runtime, identity, dialog, bulk)


async def _one_with(
    runtime: Runtime, identity: Identity, dialog: ConversationId, bulk: Bulk
) -> None:
    """Do what needs a value."""
    workspace = identity.workspace_id
    match bulk:
        case Bulk(action=BulkAction.PRIORITY, priority=Priority() as priority):
            await moves.set_priority(runtime, workspace, dialog, priority=priority)
        case Bulk(action=BulkAction.SNOOZE, until=datetime() as until):
            await moves.snooze(runtime, workspace, dialog, until=until)
        case Bulk(action=BulkAction.ASSIGN) if bulk.assignee or bulk.team:
            given = moves.Transfer(to=bulk.assignee, team=bulk.team)
            await moves.transfer(runtime, workspace, dialog, by=identity.actor_id, given=given)
        case _:
            raise InvalidInput(field=NEEDS[bulk.action])


async def _label(runtime: Runtime, identity: Identity, dialog: ConversationId, bulk: Bulk) -> None:
    if bulk.label is None:
        raise InvalidInput(field="label")
    change = (
        conversations.label_chat if bulk.action is BulkAction.LABEL else conversations.unlabel_chat
    )
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        entry = await conversations.get_readable(
            conn, dialog, actor=identity.actor_id, staff=identity.may(STAFF_READS)
        )
        await change(runtime, conn, entry, caller=identity, label=bulk.label)
