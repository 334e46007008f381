"""Where a person belongs."""

from besedka.core.ids import UserId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import NoWorkspace
from besedka.kernel.accounts.repository.people import SystemMemberships


async def first_workspace(runtime: Runtime, user_id: UserId) -> WorkspaceId:
    """Return the workspace in which a log-in begins. Raises NoWorkspace."""
    async with runtime.db.system.acquire() as conn:
        places = await SystemMemberships(conn).list_for(user_id)
    if not places:
        raise NoWorkspace
    return places[0].id
