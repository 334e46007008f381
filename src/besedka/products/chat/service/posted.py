"""What somebody posts to their chat without asking for an answer: it stands on the branch that is shown, like a question."""

from collections.abc import Sequence
from typing import Self

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import Message, SharedCompanion
from besedka.products.chat.repository import BranchRepository


class Posted(SharedCompanion):
    """Gives such messages their places."""

    __slots__ = ()

    @classmethod
    async def write(cls, conn: TenantConn, company: Sequence[tuple[Self, Message]]) -> None:
        """Put messages behind the last ones of their chats."""
        branches = BranchRepository(conn)
        for _, message in company:
            await branches.append(message.conversation_id, message.seq)
