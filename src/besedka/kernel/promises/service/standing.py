"""How dialogs stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.repository.clocks import ClockRepository
from besedka.kernel.promises.repository.policies import PolicyRepository
from besedka.kernel.promises.repository.ratings import RatingRepository
from besedka.kernel.promises.repository.rounds import RoundRepository
from besedka.kernel.promises.types import Due, Standing


async def due_of(conn: TenantConn, chats: Sequence[ConversationId]) -> Mapping[ConversationId, Due]:
    """Return the next due moments of those dialogs that have one."""
    return await ClockRepository(conn).due_of(chats)


async def list_due(
    conn: TenantConn, *, until: datetime | None = None, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[Due]:  # fmt: skip
    """Return the due moments of the workspace's dialogs in order, those missed first; `after` is the last one shown."""
    return await ClockRepository(conn).list_due(until=until, after=after, limit=limit)


async def is_promised(conn: TenantConn) -> bool:
    """Return whether anything is promised in the workspace."""
    return bool(await PolicyRepository(conn).list_all(enabled=True))


async def standing_of(conn: TenantConn, chat: ConversationId) -> Standing | None:
    """Return how a dialog stands: its round, its clocks, its rating."""
    found = await RoundRepository(conn).find(chat)
    if found is None:
        return None
    clocks = await ClockRepository(conn).find(chat)
    rating, rated = await RatingRepository(conn).latest(chat) or (None, "")
    due = tuple(clocks.due) if clocks else ()
    return Standing(found, due, is_paused=bool(clocks and not due), rating=rating, rated=rated)
