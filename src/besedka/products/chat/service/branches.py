"""A chat as its reader has it: how it is answered, and the branch that is shown."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.errors import TurnNotFound
from besedka.products.chat.repository import BranchRepository, RunRepository
from besedka.products.chat.types import Rating, Run, Setup, Turn


async def get_setup(conn: TenantConn, chat: ConversationId) -> Setup:
    """Return how a chat is answered."""
    return await BranchRepository(conn).find_setup(chat)


async def change_setup(
    conn: TenantConn, chat: ConversationId, *, model: str | None, instructions: str | None
) -> Setup:
    """Change what is given of how a chat is answered."""
    await BranchRepository(conn).put_setup(chat, model=model, instructions=instructions)
    return await get_setup(conn, chat)


async def shown_turns(conn: TenantConn, chat: ConversationId) -> Sequence[Turn]:
    """Return the branch that is shown, from its beginning."""
    branches = BranchRepository(conn)
    return await branches.path(chat, (await branches.find_setup(chat)).leaf_seq)


async def get_turn(conn: TenantConn, chat: ConversationId, seq: int) -> Turn:
    """Return a question or an answer. Raises TurnNotFound."""
    found = await BranchRepository(conn).path(chat, seq, limit=1)
    if not found:
        raise TurnNotFound
    return found[0]


async def show_branch(conn: TenantConn, chat: ConversationId, seq: int) -> Sequence[Turn]:
    """Show the newest branch that goes through a message. Raises TurnNotFound."""
    await get_turn(conn, chat, seq)
    branches = BranchRepository(conn)
    leaf = await branches.newest_below(chat, seq)
    await branches.put_setup(chat, leaf_seq=leaf)
    return await branches.path(chat, leaf)


async def rate(
    conn: TenantConn, chat: ConversationId, seq: int, *, rating: Rating | None
) -> None:  # fmt: skip
    """Keep what its reader thinks of an answer. Raises TurnNotFound."""
    if not await BranchRepository(conn).rate(chat, seq, rating=rating):
        raise TurnNotFound


async def last_turns(
    conn: TenantConn, chat: ConversationId, *, before: int | None = None, limit: int
) -> Sequence[Turn]:
    """Return the end of the branch that is shown, or what comes before one of its messages. Raises TurnNotFound."""
    branches = BranchRepository(conn)
    if before is None:
        leaf = (await branches.find_setup(chat)).leaf_seq
    else:
        leaf = (await get_turn(conn, chat, before)).parent_seq
    return await branches.path(chat, leaf, limit=limit)


async def find_run(conn: TenantConn, chat: ConversationId) -> Run | None:
    """Return the last run of a chat."""
    return await RunRepository(conn).newest(chat)
