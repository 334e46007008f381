"""What a member wants to be written about, and how soon."""

from besedka.core.config import Settings
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.products.digest.errors import BadUnsubscribeLink
from besedka.products.digest.repository import DigestRepository
from besedka.products.digest.service.links import read_link
from besedka.products.digest.types import Pace


async def chosen(conn: TenantConn, settings: Settings, actor: ActorId) -> Pace:
    """Return how soon a member is written to."""
    return await DigestRepository(conn).find_pace(actor) or Pace(settings.digest)


async def choose(conn: TenantConn, actor: ActorId, pace: Pace) -> None:
    """Keep how soon a member wants to be written to."""
    await DigestRepository(conn).set_pace(actor, pace)


async def find_by_link(runtime: Runtime, token: str) -> accounts.WorkspaceCard:
    """Return the workspace whose letters a link stops. Raises BadUnsubscribeLink."""
    workspace, _ = read_link(runtime.secrets, token)
    async with runtime.db.fast.acquire(workspace) as conn:
        return await accounts.get_workspace(conn)


async def choose_by_link(runtime: Runtime, token: str, pace: Pace) -> accounts.WorkspaceCard:
    """Do what the holder of a letter's link asks for. Raises BadUnsubscribeLink."""
    workspace, actor = read_link(runtime.secrets, token)
    async with runtime.db.fast.transaction(workspace) as conn:
        if not await DigestRepository(conn).set_pace(actor, pace):
            raise BadUnsubscribeLink
        return await accounts.get_workspace(conn)
