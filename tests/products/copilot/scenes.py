"""A dialog that a person has, and a model that helps."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Message, Post, Visibility
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.llm import service as llm
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import FakeLlm, Say
from tests.products.assistants.places import make_assistant

QUESTION = "Сколько стоит доставка?"
NOTE = "Скидку до 40% не обещать, секрет 7788."


@dataclass(frozen=True, slots=True)
class Scene:
    """A company with an assistant, and a visitor's dialog that its owner has."""

    runtime: Runtime
    place: MadeWorkspace
    contact: ActorId
    dialog: ConversationId

    @property
    def path(self) -> str:
        """The dialog's address in the API of the help."""
        return f"/api/v1/copilot/dialogs/{self.dialog}"

    async def say(self, body: str, *, visitor: bool = True, note: bool = False) -> Message:
        """Say something as the visitor, or as the owner; a note is for colleagues."""
        return await conversations.post(
            self.runtime,
            Post(
                workspace_id=self.place.id, conversation_id=self.dialog,
                sender_id=self.contact if visitor else self.place.owner.actor_id, client_key=str(new_id()),
                body=body, visibility=Visibility.INTERNAL if note else Visibility.PUBLIC, staff=not visitor,
            ),
        )  # fmt: skip

    async def lend(self, body: str) -> None:
        """Let the assistant answer from a collection with a text, beside its own."""
        author = self.place.owner.actor_id
        async with self.runtime.db.fast.transaction(self.place.id) as conn:
            (who,) = await answers.list_assistants(conn)
            made = await answers.add_collection(conn, name="Общее", author=author)
            await knowledge.add_text(conn, made.id, body=body)
            await answers.use_collections(conn, who.id, [made.id], author=author)

    async def purposes(self) -> list[tuple[str, str]]:
        """Return what models were called for, and how that ended."""
        async with self.runtime.db.fast.acquire(self.place.id) as conn:
            rows = await conn.fetch("SELECT purpose, state FROM llm_run ORDER BY id")
        return [(row["purpose"], row["state"]) for row in rows]


async def open_scene(runtime: Runtime) -> Scene:
    """Make the company and the dialog: asked by the visitor, taken by the owner, with a note beside."""
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    async with runtime.db.fast.transaction(place.id) as conn:
        contact = await conversations.create_contact(conn, name="Вера")
        made = await conversations.create_dialog(
            runtime, conn, contact=contact.id, assistant=who.id, meta={"locale": "ru"}
        )
    scene = Scene(runtime, place, contact.id, made.id)
    await answers.take_over(runtime, place.id, made.id, person=place.owner.actor_id)
    await scene.say(QUESTION)
    await scene.say(NOTE, visitor=False, note=True)
    return scene


async def connect(runtime: Runtime, place: MadeWorkspace, fake: FakeLlm) -> None:
    """Give the company the model."""
    async with runtime.db.fast.transaction(place.id) as conn:
        await llm.save_provider(
            runtime, conn, base_url=fake.base_url, default_model="fake", api_key="sk-test"
        )


def told(body: Mapping[str, object]) -> str:
    """Return all that a request tells a model."""
    return json.dumps(body, ensure_ascii=False)


def cited(body: Mapping[str, object]) -> Say:
    """Reply from the first passage, with the mark that the request gave it."""
    found = re.search(r"\[([a-z]{4})-1\]", told(body))
    assert found is not None
    return Say(f"Доставка стоит 350 рублей [{found.group(1)}-1].")


def events_of(response: httpx.Response) -> list[dict[str, object]]:
    """Return the events of a stream that has ended."""
    return [json.loads(each.removeprefix("data: ")) for each in response.text.strip().split("\n\n")]
