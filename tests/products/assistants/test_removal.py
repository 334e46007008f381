"""Assistants that are put away, deleted, had back, and gone for good: what owners and visitors notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers.jobs import purge
from besedka.kernel.answers.types import Assistant
from besedka.kernel.knowledge import service as knowledge
from besedka.products.widget import service as widgets
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.kernel.knowledge.conftest import Attempt
from tests.products.assistants.places import make_assistant
from tests.products.widget.test_main_job import visit, wait_for_messages

API = "/api/v1"
PATH = "/dashboard/assistants"
Json: TypeAlias = Any
ASKED = "Сколько стоит доставка?"


@dataclass(frozen=True)
class Shop:
    """A company with an assistant, its widget, and a visitor there."""

    client: httpx.AsyncClient
    runtime: Runtime
    place: MadeWorkspace
    who: Assistant
    key: str

    async def send(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Send a request as the owner."""
        return await self.client.request(method, API + path, json=json, headers=self.place.headers)

    async def ask(self, method: str, path: str, json: object = None) -> Json:
        """The same for a request that has to go well; returns its JSON."""
        response = await self.send(method, path, json)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def page(self, path: str, *, language: str = "ru", **form: str) -> httpx.Response:
        """Open a page as the owner, or send its form."""
        headers = {**self.place.headers, "Accept": "text/html", "Accept-Language": language}
        if form:
            return await self.client.post(path, headers=headers, data=form)
        return await self.client.get(path, headers=headers)

    async def names(self, path: str = "/assistants") -> list[str]:
        """Return the names of a list of assistants."""
        return [each["name"] for each in await self.ask("GET", path)]

    async def found(self) -> int:
        """Return how many passages a search for the assistant's documents finds."""
        body = {"question": "доставка", "collection_id": str(self.who.collection_id)}
        answer = await self.send("POST", "/documents/search", body)
        return len(answer.json()["hits"]) if answer.is_success else 0

    async def grow_old(self) -> None:
        """Let what lies in the trash have been there for 31 days."""
        async with self.runtime.db.fast.acquire(self.place.id) as conn:
            for table in ("assistant", "collection", "source"):
                await conn.execute(
                    f"UPDATE {table} SET deleted_at = deleted_at - interval '31 days' WHERE workspace_id = $1",
                    self.place.id,
                )


@pytest.fixture
async def shop(client: httpx.AsyncClient, runtime: Runtime) -> Shop:
    """Make the shop."""
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    async with runtime.db.orm.session(place.id) as session:
        widget = await widgets.ensure_widget(session, place.id, who.id, name=who.name)
    return Shop(client, runtime, place, who, widget.public_key)


async def say(shop: Shop, base: str, headers: Mapping[str, str], body: str = ASKED) -> None:
    said = await shop.client.post(
        f"{base}/messages", headers=headers, json={"key": str(uuid4()), "body": body}
    )
    assert said.status_code == 201, said.text


async def test_archived_assistant_leaves_visitors_to_people(shop: Shop) -> None:
    base, headers = await visit(shop.client, shop.key)
    await shop.ask("POST", f"/assistants/{shop.who.id}/archive")
    config = (await shop.client.get(base, params={"locale": "ru"})).json()
    assert "ответит человек" in config["greeting"]
    await say(shop, base, headers)
    told = (await wait_for_messages(shop.client, base, headers, count=2))[1]
    assert "передал ваш вопрос людям" in str(told["body"])
    (dialog,) = await shop.ask("GET", "/dialogs?state=open")
    assert dialog["state"] == "open"
    await say(shop, base, headers, "Есть кто?")
    await settled(shop.runtime)
    assert len(await wait_for_messages(shop.client, base, headers, count=3)) == 3
    back = await shop.send("POST", f"/handoff/{dialog['id']}/return")
    assert back.status_code == 409


async def test_archived_assistant_is_hidden_unless_asked_and_comes_back(shop: Shop) -> None:
    archived = await shop.ask("POST", f"/assistants/{shop.who.id}/archive")
    assert archived["archived_at"]
    assert await shop.names() == []
    assert await shop.names("/assistants?state=archived") == await shop.names(
        "/assistants?state=all"
    )
    models = await shop.client.get("/v1/models", headers=shop.place.headers)
    assert models.json()["data"] == []
    body = {"assistant_id": str(shop.who.id), "message": ASKED}
    assert (await shop.send("POST", "/ai-chat", body)).json()["code"] == "assistant_archived"
    page = (await shop.page(PATH)).text
    assert "Архив" in page
    assert "Вернуть из архива" in page
    back = await shop.page(f"{PATH}/{shop.who.id}/unarchive", sure="true")
    assert back.status_code == 303
    assert await shop.names() == ["Помощник"]
    assert (await shop.ask("POST", "/ai-chat", body))["mode"] == "extractive"


async def test_delete_asks_for_the_name_and_takes_widgets_and_documents(shop: Shop) -> None:
    base, headers = await visit(shop.client, shop.key)
    await say(shop, base, headers)
    answered = await wait_for_messages(shop.client, base, headers, count=2)
    (dialog,) = await shop.ask("GET", "/dialogs?state=pending")
    asked = f"{PATH}/{shop.who.id}/delete"
    assert "type its name: Помощник" in (await shop.page(asked, language="en")).text
    wrong = await shop.page(asked, name="Кто-то")
    assert wrong.status_code == 422
    assert "Это не его имя" in wrong.text
    assert 'value="Кто-то"' in wrong.text
    assert (await shop.page(asked, name=" помощник ")).status_code == 303
    assert await shop.names("/assistants?state=all") == []
    assert await shop.names("/assistants/trash") == ["Помощник"]
    assert (await shop.client.get(base)).status_code == 404
    assert await shop.ask("GET", "/widgets") == []
    assert await shop.found() == 0
    assert "Корзина" in (await shop.page(PATH)).text
    read = await shop.ask("GET", f"/chats/{dialog['id']}/messages")
    assert "Помощник" in {each["sender"]["name"] for each in read}
    meta = answered[1]["meta"]
    assert isinstance(meta, dict)
    why = await shop.page(f"{PATH}/runs/{meta['run']}")
    assert "удалён" in why.text


async def test_deleted_assistant_comes_back_whole(shop: Shop) -> None:
    await shop.ask("DELETE", f"/assistants/{shop.who.id}")
    assert (await shop.page(PATH)).status_code == 200
    back = await shop.page(f"{PATH}/trash/{shop.who.id}/restore", sure="true")
    assert back.status_code == 303
    await settled(shop.runtime)
    assert await shop.names() == ["Помощник"]
    assert await shop.found() > 0
    base, headers = await visit(shop.client, shop.key)
    await say(shop, base, headers)
    answer = (await wait_for_messages(shop.client, base, headers, count=2))[1]
    assert "350 рублей" in str(answer["body"])


async def test_after_thirty_days_it_is_gone_and_shared_documents_stay(shop: Shop) -> None:
    base, headers = await visit(shop.client, shop.key)
    await say(shop, base, headers)
    await wait_for_messages(shop.client, base, headers, count=2)
    shared = await shop.ask("POST", "/collections", {"name": "Общая"})
    both = {"collection_ids": [shared["id"]]}
    await shop.ask("PUT", f"/assistants/{shop.who.id}/collections", both)
    case = {"question": ASKED, "expects": "answer", "facts": ["350"]}
    await shop.ask("POST", f"/assistants/{shop.who.id}/tests", case)
    await shop.ask("DELETE", f"/assistants/{shop.who.id}")
    await purge(Attempt(shop.runtime, shop.place.id))
    assert await shop.names("/assistants/trash") == ["Помощник"]
    await shop.grow_old()
    await purge(Attempt(shop.runtime, shop.place.id))
    assert await shop.names("/assistants/trash") == []
    assert [each["name"] for each in await shop.ask("GET", "/collections")] == ["Общая"]
    async with shop.runtime.db.fast.acquire(shop.place.id) as conn:
        left = [
            await conn.fetchval(
                f"SELECT count(*) FROM {table} WHERE workspace_id = $1", shop.place.id
            )
            for table in ("widget", "prompt_version", "test_case", "source", "chunk")
        ]
    assert left == [0, 0, 0, 0, 0]
    (dialog,) = await shop.ask("GET", "/dialogs?state=pending")
    read = await shop.ask("GET", f"/chats/{dialog['id']}/messages")
    assert "Помощник" in {each["sender"]["name"] for each in read}


async def test_documents_that_another_answers_from_stay_with_it(shop: Shop) -> None:
    other = await make_assistant(shop.runtime, shop.place, name="Второй")
    also = {"collection_ids": [str(shop.who.collection_id)]}
    await shop.ask("PUT", f"/assistants/{other.id}/collections", also)
    assert "Второй" in (await shop.page(f"{PATH}/{shop.who.id}/delete")).text
    await shop.ask("DELETE", f"/assistants/{shop.who.id}")
    assert await shop.found() > 0
    gone = await shop.send("DELETE", f"/assistants/trash/{shop.who.id}")
    assert gone.status_code == 204
    assert await shop.found() > 0
    async with shop.runtime.db.fast.acquire(shop.place.id) as conn:
        kept_one = await knowledge.get_collection(conn, shop.who.collection_id)
    assert kept_one.name == "Помощник"
    kept = {each["id"]: each for each in await shop.ask("GET", "/collections")}
    assert kept[str(shop.who.collection_id)]["assistant_id"] is None
    again = await shop.send("POST", f"/assistants/trash/{shop.who.id}/restore")
    assert again.status_code == 404


async def test_operator_may_not_remove_and_deeds_are_recorded(shop: Shop) -> None:
    operator = await make_person(shop.runtime, shop.place, role=Role.OPERATOR)
    for method, path in (
        ("POST", "/archive"), ("POST", "/unarchive"), ("DELETE", ""),
    ):  # fmt: skip
        refused = await shop.client.request(
            method, f"{API}/assistants/{shop.who.id}{path}", headers=operator.headers
        )
        assert refused.status_code == 403
    await shop.ask("POST", f"/assistants/{shop.who.id}/archive")
    await shop.ask("DELETE", f"/assistants/{shop.who.id}")
    await shop.ask("DELETE", f"/assistants/trash/{shop.who.id}")
    page = (await shop.page("/dashboard/settings/audit", language="en")).text
    for deed in (
        "Assistant archived",
        "Assistant put into the trash",
        "Assistant deleted for good",
    ):
        assert deed in page
