"""Collections that several assistants answer from: who finds what, and what deleting one does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant
from besedka.kernel.knowledge import service as knowledge
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import settled
from tests.plugins.queries import recorded
from tests.products.assistants.places import make_assistant

API, PAGES = "/api/v1", "/dashboard/assistants"
GIFTS = "Подарочная упаковка стоит 90 рублей и занимает один день."
QUESTION = "Сколько стоит подарочная упаковка?"


@dataclass(frozen=True, slots=True)
class Office:
    """An owner with two assistants and a collection that nobody uses yet."""

    client: httpx.AsyncClient
    runtime: Runtime
    place: MadeWorkspace
    first: Assistant
    second: Assistant
    shared: str

    async def call(
        self, method: str, path: str, body: object = None, *, status: int = 200
    ) -> httpx.Response:
        answer = await self.client.request(
            method, API + path, headers=self.place.headers, json=body
        )
        assert answer.status_code == status, answer.text
        return answer

    async def lend(self, who: Assistant, *collections: object) -> None:
        wanted = {"collection_ids": [str(each) for each in collections]}
        await self.call("PUT", f"/assistants/{who.id}/collections", wanted)

    async def said(self, who: Assistant, question: str = QUESTION) -> str:
        answer = await self.call("POST", f"/assistants/{who.id}/ask", {"question": question})
        return str(answer.json()["answer"])

    async def page(self, path: str, *, status: int = 200) -> str:
        headers = {**self.place.headers, "Accept": "text/html", "Accept-Language": "ru"}
        answer = await self.client.get(PAGES + path, headers=headers)
        assert answer.status_code == status, answer.text
        return re.sub(r"\s+", " ", answer.text)

    async def post(self, path: str, data: Mapping[str, object], *, status: int = 303) -> str:
        headers = {**self.place.headers, "Accept": "text/html", "Accept-Language": "ru"}
        answer = await self.client.post(PAGES + path, headers=headers, data=data)
        assert answer.status_code == status, answer.text
        return re.sub(r"\s+", " ", answer.text)

    async def listed(self) -> dict[str, dict[str, object]]:
        found = (await self.call("GET", "/collections")).json()
        return {each["name"]: each for each in found}


@pytest.fixture
async def office(client: httpx.AsyncClient, runtime: Runtime) -> Office:
    """Two assistants, and a shared collection with one text."""
    place = await make_workspace(runtime)
    first = await make_assistant(runtime, place)
    async with runtime.db.fast.transaction(place.id) as conn:
        second = await answers.create_assistant(
            conn, name="Второй", author=place.owner.actor_id, locale="ru"
        )
        shared = await answers.add_collection(conn, name="Общее", author=place.owner.actor_id)
        await knowledge.add_text(conn, shared.id, body=GIFTS, title="Подарки")
    return Office(client, runtime, place, first, second, str(shared.id))


async def test_assistants_answer_from_a_collection_that_they_share(office: Office) -> None:
    assert "90 рублей" not in await office.said(office.first)
    await office.lend(office.first, office.shared)
    await office.lend(office.second, office.shared, office.first.collection_id)
    assert "90 рублей" in await office.said(office.first)
    assert "90 рублей" in await office.said(office.second)
    assert "350 рублей" in await office.said(office.second, "Сколько стоит доставка по городу?")
    listed = await office.listed()
    assert listed["Общее"]["used_by"] == [str(office.first.id), str(office.second.id)]
    assert listed["Помощник"]["assistant_id"] == str(office.first.id)
    asked = {
        "model": str(office.second.id), "messages": [{"role": "user", "content": QUESTION}],
    }  # fmt: skip
    through = await office.client.post(
        "/v1/chat/completions", headers=office.place.headers, json=asked
    )
    assert "90 рублей" in through.text
    assert "<mark>упаковка</mark>" in await office.page(f"/{office.second.id}/search?q={QUESTION}")
    await office.lend(office.second)
    assert "90 рублей" not in await office.said(office.second)


async def _statements(office: Office) -> tuple[int, int]:
    """Return what an answer takes on the lanes."""
    lanes = office.runtime.db
    async with recorded(lanes.fast) as fast, recorded(lanes.system) as system:
        await office.said(office.first, "Сколько стоит доставка по городу?")
    return len(fast), len(system)


async def test_more_collections_cost_an_answer_no_more_statements(office: Office) -> None:
    counts = list[tuple[int, int]]()
    await office.said(office.first)  # remembers the vocabulary
    for collections in ([], [office.shared, office.second.collection_id]):
        await office.lend(office.first, *collections)
        for _ in range(2):  # the second time what is remembered counts
            await office.said(office.first, "Сколько стоит доставка по городу?")
        counts.append(min([await _statements(office) for _ in range(3)]))  # jobs may come between
    assert counts[0] == counts[1]


async def test_collection_in_use_is_deleted_only_by_force_and_can_be_had_back(
    office: Office,
) -> None:
    await office.lend(office.first, office.shared)
    path = f"/collections/{office.shared}"
    refused = (await office.call("DELETE", path, status=409)).json()
    assert (refused["code"], refused["params"]) == ("collection_in_use", {"count": 1})
    assert "90 рублей" in await office.said(office.first)
    await office.call("DELETE", f"{path}?force=true", status=204)
    assert "90 рублей" not in await office.said(office.first)
    assert "Общее" not in await office.listed()
    await office.call("PATCH", path, {"name": "Имя"}, status=404)
    wanted = {"collection_ids": [office.shared]}
    await office.call("PUT", f"/assistants/{office.first.id}/collections", wanted, status=404)
    trash = (await office.call("GET", "/documents/trash")).json()
    assert [each["title"] for each in trash] == ["Подарки"]
    await office.call("POST", f"{path}/restore")
    await settled(office.runtime)
    listed = await office.listed()
    assert (listed["Общее"]["used_by"], listed["Общее"]["chunks"]) == ([], 1)
    await office.lend(office.first, office.shared)
    assert "90 рублей" in await office.said(office.first)
    await office.call("POST", f"{path}/restore", status=404)


async def test_document_that_is_had_back_brings_its_collection(office: Office) -> None:
    await office.call("DELETE", f"/collections/{office.shared}", status=204)
    (lying,) = (await office.call("GET", "/documents/trash")).json()
    await office.call("POST", f"/documents/trash/{lying['id']}/restore", status=202)
    assert "Общее" in await office.listed()


async def test_name_of_another_shared_collection_is_refused(office: Office) -> None:
    refused = await office.call("POST", "/collections", {"name": "общее"}, status=409)
    assert refused.json()["code"] == "collection_name_taken"
    other = (await office.call("POST", "/collections", {"name": "Иное"}, status=201)).json()["id"]
    await office.call("PATCH", f"/collections/{other}", {"name": "Общее"}, status=409)
    await office.call("PATCH", f"/collections/{other}", {"name": "иное"})
    assert "«Общее» уже есть" in await office.post("/collections", {"name": "Общее"}, status=409)


async def test_own_collection_is_neither_renamed_nor_deleted(office: Office) -> None:
    own = f"/collections/{office.first.collection_id}"
    refused = await office.call("PATCH", own, {"name": "Иное"}, status=409)
    assert refused.json()["code"] == "collection_is_own"
    await office.call("DELETE", f"{own}?force=true", status=409)
    await office.lend(office.first, office.first.collection_id)
    assert (await office.listed())["Помощник"]["used_by"] == []


async def test_hidden_collection_is_listed_nowhere_and_nobody_can_use_it(office: Office) -> None:
    async with office.runtime.db.fast.transaction(office.place.id) as conn:
        hidden = await knowledge.create_collection(conn, name="draft", is_hidden=True)
    assert "draft" not in await office.listed()
    assert "draft" not in (await office.call("GET", "/documents/collections")).text
    assert "draft" not in await office.page("/collections")
    wanted = {"collection_ids": [str(hidden)]}
    await office.call("PUT", f"/assistants/{office.first.id}/collections", wanted, status=404)


async def test_collection_is_made_filled_and_deleted_on_pages(office: Office) -> None:
    users = [str(office.first.id), str(office.second.id)]
    await office.post("/collections", {"name": "Отпуск", "assistants": users})
    made = str((await office.listed())["Отпуск"]["id"])
    assert "Помощник, Второй" in await office.page("/collections")
    home = f"/{office.second.id}"
    typed = {"kind": "text", "body": "В августе мы закрыты.", "title": "Август", "of": made}
    await office.post(f"{home}/documents", typed)
    listed = await office.page("")
    assert ("Фрагментов: 3" in listed, "Фрагментов: 1" in listed) == (True, True)
    assert "Август" not in await office.page(home)
    assert "Август" in await office.page(f"/{office.first.id}?of={made}")
    async with office.runtime.db.fast.acquire(office.place.id) as conn:
        (august,) = await knowledge.list_sources(conn, UUID(made))
    assert "В августе мы закрыты" in await office.page(f"{home}/documents/{august.id}")
    assert "закрыты" in await office.said(office.second, "Когда вы закрыты?")
    assert "август" not in await office.page(f"{home}/check?of={made}")
    await office.post(f"{home}/documents/{august.id}/delete", {})
    assert "Август" in await office.page(f"{home}/trash?of={made}")
    await office.post(f"{home}/trash/{august.id}/restore", {})
    asked = await office.post(f"/collections/{made}/delete", {}, status=200)
    assert "По ней отвечают: Помощник, Второй" in asked
    await office.post(f"/collections/{made}/delete", {"sure": "true"})
    await office.page(f"{home}?of={made}", status=404)
    assert "Удалённые базы" in await office.page("/collections")
    await office.post(f"/collections/{made}/restore", {})
    assert "никто не пользуется" in await office.page("/collections")


async def test_assistant_takes_and_leaves_collections_on_its_page(office: Office) -> None:
    home = f"/{office.second.id}"
    assert "отвечает только по своим документам" in await office.page(home)
    mine = str(office.first.collection_id)
    await office.post(f"{home}/collections", {"collections": [office.shared, mine]})
    shown = await office.page(home)
    assert "Документы ассистента «Помощник», Общее" in shown
    assert f'/dashboard/assistants{home}?of={office.shared}"' in shown
    await office.post(f"{home}/collections", {})
    async with office.runtime.db.fast.acquire(office.place.id) as conn:
        assert (await answers.get_assistant(conn, ActorId(office.second.id))).shared == ()


async def test_nameless_collection_is_refused_beside_its_field(office: Office) -> None:
    refused = await office.post("/collections", {"name": "  "}, status=422)
    assert 'aria-invalid="true"' in refused
    changed = await office.post(f"/collections/{office.shared}", {"name": ""}, status=422)
    assert f'id="name-{office.shared}-error"' in changed
    await office.post(f"/collections/{office.shared}", {"name": "Подарки"})
    assert "Подарки" in await office.listed()
