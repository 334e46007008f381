"""Dialogs and policies for the tests of promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, DialogState
from besedka.kernel.promises import service
from besedka.kernel.promises.repository.rounds import RoundRepository
from besedka.kernel.promises.types import Policy, PolicyDraft, Promise, Round, Standing
from tests.factories import MadeWorkspace
from tests.kernel.realtime.rooms import make_dialog, say, say_as_staff


@dataclass(frozen=True, slots=True)
class Desk:
    """A dialog of a workspace, and what happens to it."""

    runtime: Runtime
    workspace: MadeWorkspace
    chat: ConversationId
    contact: ActorId

    async def moves(self, state: DialogState) -> None:
        """Put it into a state."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            await conversations.set_dialog(self.runtime, conn, self.chat, state=state)

    async def asks(self, words: str = "Hello?") -> None:
        """Let the visitor write."""
        await say(self.runtime, self.contact, self.chat, words, workspace=self.workspace)

    async def replies(self, words: str = "Hello!") -> None:
        """Let the owner write."""
        await say_as_staff(self.runtime, self.workspace, self.chat, words)

    async def standing(self) -> Standing:
        """Return how it stands."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            found = await service.standing_of(conn, self.chat)
        assert found is not None
        return found

    async def round(self) -> Round:
        """Return its last round."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            found = await RoundRepository(conn).find(self.chat)
        assert found is not None
        return found

    async def owed(self) -> dict[Promise, datetime]:
        """Return what is owed and when it is due."""
        return {due.promise: due.due for due in (await self.standing()).due}

    async def goes_back(self, minutes: float) -> None:
        """Let all of it have happened some minutes earlier."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            await RoundRepository(conn).lock_dialog(self.chat)
            for column in (
                "started_at",
                "handed_at",
                "people_since",
                "waiting_since",
                "replied_at",
                "resolved_at",
            ):
                await conn.execute(
                    f"UPDATE dialog_round SET {column} = {column} - $3::interval"
                    " WHERE workspace_id = $1 AND conversation_id = $2",
                    self.workspace.id, self.chat, timedelta(minutes=minutes),
                )  # fmt: skip
            await conn.execute("DELETE FROM dialog_clock WHERE conversation_id = $1", self.chat)
            await service.reckon(self.runtime, conn, self.chat)


async def make_desk(runtime: Runtime, workspace: MadeWorkspace) -> Desk:
    """Make a dialog."""
    dialog, contact = await make_dialog(runtime, workspace)
    return Desk(runtime, workspace, dialog.id, contact)


async def promise(
    runtime: Runtime, workspace: MadeWorkspace, *, first: int | None = 10, reply: int | None = 20,
    resolution: int | None = 120, by_hours: bool = False,
) -> Policy:  # fmt: skip
    """Switch the default policy on."""
    draft = PolicyDraft(
        name="", enabled=True, first=first, reply=reply, resolution=resolution, by_hours=by_hours
    )
    async with runtime.db.fast.transaction(workspace.id) as conn:
        return await service.set_default(conn, draft, by=workspace.owner.actor_id)
