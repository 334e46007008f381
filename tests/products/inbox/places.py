"""A company with an inbox, for tests of the flow of dialogs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import httpx

from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, DialogState, ParticipantRole, Post
from besedka.products.inbox.repository.operators import SystemOperators
from tests.factories import Made, MadeWorkspace, make_workspace
from tests.kernel.realtime.rooms import make_dialog

API = "/api/v1"
Json: TypeAlias = Any


@dataclass(frozen=True)
class Place:
    """A company, and a client of its API."""

    runtime: Runtime
    client: httpx.AsyncClient
    made: MadeWorkspace

    async def send(
        self, method: str, path: str, json: object = None, *, who: Made | None = None
    ) -> httpx.Response:
        """Send a request as somebody, the owner unless told otherwise."""
        headers = (who or self.made.owner).headers
        return await self.client.request(method, API + path, json=json, headers=headers)

    async def ask(
        self, method: str, path: str, json: object = None, *, who: Made | None = None
    ) -> Json:
        """Send a request that has to go well, and return its JSON."""
        response = await self.send(method, path, json, who=who)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def dialog(self, state: DialogState = DialogState.OPEN) -> tuple[str, ActorId]:
        """Make a dialog in a state; return its id and its contact."""
        chat, contact = await make_dialog(self.runtime, self.made)
        if state is not DialogState.PENDING:
            async with self.runtime.db.fast.transaction(self.made.id) as conn:
                await conversations.set_dialog(
                    self.runtime, conn, chat.id, state=state, assignee_id=None
                )
        return str(chat.id), contact

    async def let_assistant_in(self, dialog: str) -> None:
        """Let an assistant take part in a dialog."""
        async with self.runtime.db.fast.transaction(self.made.id) as conn:
            who = await answers.create_assistant(conn, name="Helper", author=None, locale="en")
            await conversations.add_participant(
                self.runtime, conn, ConversationId(UUID(dialog)), actor=who.id, role=ParticipantRole.ASSISTANT
            )  # fmt: skip

    async def write(self, dialog: str, contact: ActorId, body: str = "Hello?") -> None:
        """Say something as the visitor."""
        await conversations.post(
            self.runtime,
            Post(
                workspace_id=self.made.id, conversation_id=ConversationId(UUID(dialog)),
                sender_id=contact, client_key=str(new_id()), body=body,
            ),
        )  # fmt: skip

    async def read(self, dialog: str) -> Mapping[str, Any]:
        """Return a dialog as it is now."""
        found: Mapping[str, Any] = await self.ask("GET", f"/dialogs/{dialog}")
        return found

    async def arrive(self, *people: Made) -> None:
        """Note that people are there, as an open tab does."""
        async with self.runtime.db.system.acquire() as conn:
            await SystemOperators(conn).note([(self.made.id, each.actor_id) for each in people])

    async def vanish(self, who: Made) -> None:
        """Let a person have been seen last five minutes ago."""
        async with self.runtime.db.fast.acquire(self.made.id) as conn:
            await conn.execute(
                "UPDATE inbox_operator SET seen_at = now() - interval '5 minutes' WHERE actor_id = $1",
                who.actor_id,
            )


async def open_place(runtime: Runtime, client: httpx.AsyncClient) -> Place:
    """Make a company."""
    return Place(runtime, client, await make_workspace(runtime))
