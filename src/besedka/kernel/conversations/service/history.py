"""Taking in what was said elsewhere."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.core.errors import Conflict
from besedka.kernel.conversations.repository.history import HistoryRepository
from besedka.kernel.conversations.service.checks import check_text
from besedka.kernel.conversations.service.spelling import preview_of
from besedka.kernel.conversations.types import ConversationId, Said


async def write_history(conn: TenantConn, chat: ConversationId, said: Sequence[Said]) -> None:
    """Store messages in a conversation without any, at the places 1, 2, 3… Nobody is told of them.

    Raises BadCharacters, Conflict where something was said already.
    """
    for each in said:
        check_text(each.body)
    preview = preview_of(said[-1].body)
    if not await HistoryRepository(conn, chat).write(said, preview=preview):
        raise Conflict
