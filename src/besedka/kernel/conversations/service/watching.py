"""Those who follow the states of dialogs, in the transactions that change them."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from besedka.core.db.connection import TenantConn
from besedka.kernel.conversations.types import Conversation

Watch: TypeAlias = Callable[[TenantConn, Conversation], Awaitable[None]]
"""Hears of a dialog whose state or owner may be another now. If it raises, nothing was changed."""


class DialogWatchers:
    """What modules above do when a dialog is made, moves to another state or owner."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []

    def add(self, watch: Watch) -> None:
        """Let a module follow dialogs."""
        self._watches.append(watch)

    async def tell(self, conn: TenantConn, dialog: Conversation) -> None:
        """Let all of them hear of a dialog."""
        for watch in self._watches:
            await watch(conn, dialog)
