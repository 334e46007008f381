"""Links to chats: anybody who has one reads the branch as it was when the link was made, until it expires or is taken back."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from besedka.core import clock
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ChatEntry
from besedka.products.chat.errors import NothingToShare, ShareNotFound, TooManyShares
from besedka.products.chat.repository import (
    BranchRepository,
    ShareRepository,
    find_shared,
    forget_expired,
)
from besedka.products.chat.types import MOST_SHARES, Share, Turn


async def share(
    conn: TenantConn, entry: ChatEntry, *, owner: ActorId, days: int
) -> tuple[Share, str]:
    """Make a link to the branch that is shown; return it with its token, which is not kept.

    Raises NothingToShare, TooManyShares.
    """
    chat = entry.conversation
    setup = await BranchRepository(conn).find_setup(chat.id)
    if not setup.leaf_seq or entry.expires_at is not None:
        raise NothingToShare
    shares = ShareRepository(conn)
    if len(await shares.of_owner(owner)) >= MOST_SHARES:
        raise TooManyShares(most=MOST_SHARES)
    moment, token = clock.now(), new_token()
    made = Share(
        id=new_id(), workspace_id=conn.workspace, conversation_id=chat.id, leaf_seq=setup.leaf_seq, title=chat.title,
        created_at=moment, expires_at=moment + timedelta(days=days),
    )  # fmt: skip
    await shares.add(made, owner=owner, token_hash=token_hash(token))
    return made, token


async def list_shares(conn: TenantConn, owner: ActorId) -> Sequence[Share]:
    """Return an actor's links that have not expired, the last made first."""
    return await ShareRepository(conn).of_owner(owner)


async def take_back(conn: TenantConn, share_id: UUID, *, owner: ActorId) -> None:
    """Let a link of an actor's open nothing any more. Raises ShareNotFound."""
    if not await ShareRepository(conn).delete(share_id, owner=owner):
        raise ShareNotFound


async def read_shared(runtime: Runtime, token: str) -> tuple[Share, Sequence[Turn]]:
    """Return what the link of a token shows, 1,000 turns at most. Raises ShareNotFound."""
    async with runtime.db.system.acquire() as conn:
        found = await find_shared(conn, token_hash(token))
    if found is None:
        raise ShareNotFound
    async with runtime.db.fast.acquire(found.workspace_id) as tenant:
        turns = await BranchRepository(tenant).path_then(
            found.conversation_id, found.leaf_seq, moment=found.created_at
        )
    return found, turns


async def purge_shares(runtime: Runtime) -> None:
    """Forget links that have expired."""
    async with runtime.db.system.transaction() as conn:
        await forget_expired(conn)
