"""Use cases of service levels: clocks follow schedules, labels are looked at."""

from dataclasses import replace

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import ChatNotFound, LabelNotFound
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Schedule, ScheduleDraft, ScheduleId
from besedka.kernel.promises import service as promises
from besedka.kernel.promises.errors import PolicyForAll
from besedka.kernel.promises.types import Policy, PolicyDraft, PolicyId, Standing


async def add_schedule(conn: TenantConn, draft: ScheduleDraft, *, by: ActorId) -> Schedule:
    """Add a schedule."""
    made = await hours.create_schedule(conn, draft, by=by)
    await promises.reckon_later(conn)
    return made


async def change_schedule(
    conn: TenantConn, schedule: ScheduleId, draft: ScheduleDraft, *, by: ActorId
) -> Schedule:
    """Change a schedule."""
    made = await hours.change_schedule(conn, schedule, draft, by=by)
    await promises.reckon_later(conn)
    return made


async def make_default(conn: TenantConn, schedule: ScheduleId, *, by: ActorId) -> Schedule:
    """Make a schedule the default."""
    made = await hours.make_default(conn, schedule, by=by)
    await promises.reckon_later(conn)
    return made


async def delete_schedule(conn: TenantConn, schedule: ScheduleId, *, by: ActorId) -> None:
    """Delete a schedule; policies that named it go by the default."""
    await hours.delete_schedule(conn, schedule, by=by)
    await promises.reckon_later(conn)


async def add_policy(conn: TenantConn, draft: PolicyDraft, *, by: ActorId) -> Policy:
    """Add a policy. Raises LabelNotFound, PolicyForAll."""
    await _check_label(conn, draft)
    return await promises.create_policy(conn, draft, by=by)


async def change_policy(
    conn: TenantConn, policy: PolicyId, draft: PolicyDraft, *, by: ActorId
) -> Policy:
    """Change a policy; the default one stays for all dialogs. Raises LabelNotFound, PolicyForAll."""
    await _check_label(conn, draft)
    if (await promises.get_policy(conn, policy)).is_default:
        return await set_default(conn, draft, by=by)
    return await promises.change_policy(conn, policy, draft, by=by)


async def set_default(conn: TenantConn, draft: PolicyDraft, *, by: ActorId) -> Policy:
    """Change the default policy, which is for all labels and priorities."""
    return await promises.set_default(conn, replace(draft, label_id=None, priority=None), by=by)


async def get_standing(conn: TenantConn, chat: ConversationId) -> Standing:
    """Return how a dialog stands. Raises ChatNotFound."""
    found = await promises.standing_of(conn, chat)
    if found is None:
        raise ChatNotFound
    return found


async def _check_label(conn: TenantConn, draft: PolicyDraft) -> None:
    """Raises LabelNotFound, PolicyForAll: a policy for all dialogs would leave nothing to the default one."""
    if draft.label_id is None and draft.priority is None:
        raise PolicyForAll(field="label_id")
    if draft.label_id is not None and draft.label_id not in {
        label.id for label in await conversations.list_labels(conn)
    }:
        raise LabelNotFound(field="label_id")
