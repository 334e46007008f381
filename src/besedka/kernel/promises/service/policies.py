"""The policies of a workspace."""

from dataclasses import asdict
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.audit import service as audit
from besedka.kernel.hours import service as hours
from besedka.kernel.jobs import service as jobs
from besedka.kernel.promises.errors import NothingPromised, PolicyNotFound, TooManyPolicies
from besedka.kernel.promises.repository.policies import PolicyRepository
from besedka.kernel.promises.service.clockwork import Terms
from besedka.kernel.promises.types import (
    DEFAULT_POLICY,
    MOST_POLICIES,
    Policy,
    PolicyDraft,
    PolicyId,
)

RECKON_JOB = "promises.reckon"


async def list_policies(conn: TenantConn) -> list[Policy]:
    """Return the policies in the order in which they are tried; the default, stored or not, comes last."""
    found = await PolicyRepository(conn).list_all()
    if not found or not found[-1].is_default:
        found.append(Policy(id=None, is_default=True, **asdict(DEFAULT_POLICY)))
    return found


async def get_policy(conn: TenantConn, policy: UUID) -> Policy:
    """Return a policy. Raises PolicyNotFound."""
    found = await PolicyRepository(conn).find(policy)
    if found is None:
        raise PolicyNotFound
    return found


async def create_policy(conn: TenantConn, draft: PolicyDraft, *, by: ActorId) -> Policy:
    """Make a policy. Raises TooManyPolicies, NothingPromised, ScheduleNotFound."""
    await _check(conn, draft)
    if len(await PolicyRepository(conn).list_all()) >= MOST_POLICIES:
        raise TooManyPolicies(limit=MOST_POLICIES)
    return await _insert(conn, draft, by=by, is_default=False)


async def change_policy(
    conn: TenantConn, policy: PolicyId, draft: PolicyDraft, *, by: ActorId
) -> Policy:
    """Change a policy; dialogs that people have follow it. Raises PolicyNotFound, NothingPromised, ScheduleNotFound."""
    await _check(conn, draft)
    if not await PolicyRepository(conn).update(policy, draft):
        raise PolicyNotFound
    await _changed(conn, "promises.policy_change", policy, by=by)
    return await get_policy(conn, policy)


async def set_default(conn: TenantConn, draft: PolicyDraft, *, by: ActorId) -> Policy:
    """Say what is promised for dialogs that no other policy fits. Raises NothingPromised, ScheduleNotFound."""
    await _check(conn, draft)
    found = (await list_policies(conn))[-1]
    if found.id is not None:
        return await change_policy(conn, found.id, draft, by=by)
    return await _insert(conn, draft, by=by, is_default=True)


async def delete_policy(conn: TenantConn, policy: PolicyId, *, by: ActorId) -> None:
    """Delete a policy; the default one is as before it was changed then. Raises PolicyNotFound."""
    if not await PolicyRepository(conn).delete(policy):
        raise PolicyNotFound
    await _changed(conn, "promises.policy_delete", policy, by=by)


async def terms_of(conn: TenantConn, policy: Policy) -> Terms:
    """Return a policy with its schedule; without any schedule all time counts."""
    if not policy.by_hours:
        return Terms(policy, None)
    return Terms(policy, await hours.find_schedule(conn, policy.schedule_id))


async def reckon_later(conn: TenantConn) -> None:
    """Have the clocks of all dialogs reckoned anew, because a policy or a schedule has changed."""
    await jobs.defer(conn, RECKON_JOB)


async def _insert(conn: TenantConn, draft: PolicyDraft, *, by: ActorId, is_default: bool) -> Policy:
    made = PolicyId(new_id())
    await PolicyRepository(conn).insert(made, draft, is_default=is_default)
    await _changed(conn, "promises.policy_create", made, by=by)
    return await get_policy(conn, made)


async def _check(conn: TenantConn, draft: PolicyDraft) -> None:
    if draft.enabled and draft.first is None and draft.reply is None and draft.resolution is None:
        raise NothingPromised(field="first")
    if draft.schedule_id is not None:
        await hours.get_schedule(conn, draft.schedule_id)


async def _changed(conn: TenantConn, action: str, policy: PolicyId, *, by: ActorId) -> None:
    await audit.record(conn, actor_id=by, action=action, target_type="policy", target_id=policy)
    await reckon_later(conn)
