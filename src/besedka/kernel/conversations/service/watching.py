"""Those who follow the states of dialogs, in the transactions that change them, and those who move them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import Conversation, ConversationId, Snooze

Watch: TypeAlias = Callable[[TenantConn, Conversation], Awaitable[None]]
"""Hears of a dialog whose state or owner may be another now. If it raises, nothing was changed."""


class ToTeam(Protocol):
    """Hands a dialog to a team's queue, for a person. Raises TeamNotFound, and when the dialog is resolved."""

    async def __call__(
        self, runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, by: ActorId, team: UUID
    ) -> None:  # fmt: skip
        """Do it."""


class PutOff(Protocol):
    """Puts a dialog off until what a choice means in a zone. Raises when the dialog is resolved."""

    async def __call__(
        self, runtime: Runtime, workspace: WorkspaceId, dialog_id: ConversationId, *, choice: Snooze, zone: str
    ) -> None:  # fmt: skip
        """Do it."""


@dataclass(slots=True)
class DialogMoves:
    """Moves of dialogs as the inbox makes them, for modules beside it."""

    to_team: ToTeam | None = None
    put_off: PutOff | None = None


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
