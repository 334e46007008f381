"""Accounts that nobody uses any more: found, disabled, let in again."""

from datetime import timedelta

from besedka.core.clock import now
from besedka.core.ids import UserId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.repository.people import SystemMemberships, UserRepository
from besedka.kernel.accounts.service.hosts import disable_user
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.types import UnusedAccount
from besedka.kernel.audit import service as audit

DISABLED, ENABLED = "accounts.user_disabled", "accounts.user_enabled"


async def unused_accounts(runtime: Runtime, *, days: int) -> list[UnusedAccount]:
    """Return accounts that nobody has used for so many days, those of hosts and of companies' owners left out."""
    async with runtime.db.system.acquire() as conn:
        return await UserRepository(conn).unused_since(now() - timedelta(days=days))


async def disable_account(runtime: Runtime, user_id: UserId) -> None:
    """End an account's sessions and let nobody in with it; what the person wrote stays."""
    async with runtime.db.system.transaction() as conn:
        await disable_user(runtime, conn, user_id)
        places = [place.id for place in await SystemMemberships(conn).list_for(user_id)]
    await _record(runtime, places, user_id, DISABLED)


async def enable_account(runtime: Runtime, email: str) -> bool:
    """Let a disabled account's person in again; False when there is no disabled account of the address."""
    async with runtime.db.system.transaction() as conn:
        user_id = await UserRepository(conn).enable(normalise_email(email))
        if user_id is None:
            return False
        places = [place.id for place in await SystemMemberships(conn).list_for(user_id)]
    await _record(runtime, places, user_id, ENABLED)
    return True


async def _record(
    runtime: Runtime, places: list[WorkspaceId], user_id: UserId, action: str
) -> None:
    for place in places:
        async with runtime.db.fast.transaction(place) as conn:
            await audit.record(
                conn, actor_id=None, action=action, target_type="user", target_id=user_id
            )
