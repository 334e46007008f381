"""Pages of knowledge: passages, the retrieval test, many documents at once, the trash."""

import re
from dataclasses import dataclass

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Passage, Source
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import eventually
from tests.plugins.queries import recorded
from tests.products.assistants.places import make_assistant

PATH = "/dashboard/assistants"


@dataclass(frozen=True, slots=True)
class Desk:
    """An owner before an assistant's documents."""

    client: httpx.AsyncClient
    runtime: Runtime
    place: MadeWorkspace
    who: Assistant

    async def page(self, path: str = "", *, status: int = 200, language: str = "ru") -> str:
        headers = {**self.place.headers, "Accept": "text/html", "Accept-Language": language}
        answer = await self.client.get(f"{PATH}/{self.who.id}{path}", headers=headers)
        assert answer.status_code == status, answer.text
        return re.sub(r"\s+", " ", answer.text)

    async def post(
        self, path: str, data: dict[str, object] | None = None, *, status: int = 303
    ) -> str:
        headers = {**self.place.headers, "Accept": "text/html", "Accept-Language": "ru"}
        answer = await self.client.post(
            f"{PATH}/{self.who.id}{path}", headers=headers, data=data or {}
        )
        assert answer.status_code == status, answer.text
        return answer.text

    async def sources(self) -> dict[str, Source]:
        async with self.runtime.db.fast.acquire(self.place.id) as conn:
            found = await knowledge.list_sources(conn, self.who.collection_id)
        return {each.title: each for each in found}

    async def passage(self, title: str = "Доставка") -> tuple[Source, Passage]:
        source = (await self.sources())[title]
        async with self.runtime.db.fast.acquire(self.place.id) as conn:
            return source, (await knowledge.list_passages(conn, source.id))[0]

    async def answers(self, question: str) -> bool:
        found = await knowledge.retrieve(
            self.runtime, self.place.id, [self.who.collection_id], question
        )
        return bool(found.hits)


@pytest.fixture
async def desk(client: httpx.AsyncClient, runtime: Runtime) -> Desk:
    """An owner with two documents."""
    place = await make_workspace(runtime)
    return Desk(client, runtime, place, await make_assistant(runtime, place))


async def test_passage_is_edited_switched_off_and_put_back_on_its_page(desk: Desk) -> None:
    source, passage = await desk.passage()
    page = f"/documents/{source.id}/passages/{passage.id}"
    assert passage.text in await desk.page(page)
    await desk.post(page, {"text": "Курьер приезжает за час."})
    assert await desk.answers("курьер")
    shown = await desk.page(page)
    assert "Что написано в документе" in shown
    assert passage.text in shown
    assert "изменён" in await desk.page(f"/documents/{source.id}?look=edited")
    await desk.post(f"{page}/off")
    assert not await desk.answers("курьер")
    assert "Фрагмент выключен" in await desk.page(page)
    assert "Такого здесь нет" in await desk.page(f"/documents/{source.id}?q=самовар")
    await desk.post(f"{page}/on")
    await desk.post(f"{page}/undo")
    assert (await desk.passage())[1].text == passage.text
    refused = await desk.post(page, {"text": "…"}, status=422)
    assert 'aria-invalid="true"' in refused
    assert "…</textarea>" in refused


async def test_passage_of_another_assistant_is_not_shown(desk: Desk) -> None:
    other = await make_assistant(desk.runtime, desk.place, name="Другой")
    source, passage = await desk.passage()
    foreign = Desk(desk.client, desk.runtime, desk.place, other)
    await foreign.page(f"/documents/{source.id}/passages/{passage.id}", status=404)
    mine, _ = await foreign.passage()
    await foreign.page(f"/documents/{mine.id}/passages/{passage.id}", status=404)
    await foreign.post(f"/documents/{source.id}/passages/{passage.id}/off", status=404)
    await foreign.post(f"/trash/{source.id}/destroy", status=404)
    await foreign.post("/many", {"ids": [str(source.id)], "deed": "delete"}, status=404)
    assert "Доставка" in await desk.sources()


async def test_retrieval_test_marks_words_and_says_whether_it_is_enough(desk: Desk) -> None:
    shown = await desk.page("/search?q=сколько стоит доставкка фиолетово")
    assert "Ассистент скажет, что не знает" in shown or "Ассистент ответит" in shown
    assert "<mark>Доставка</mark> по городу <mark>стоит</mark>" in shown
    assert "место по словам 1" in shown
    assert "«доставкка»" in shown
    assert re.search("Этих слов нет ни в одном документе:[^<]* фиолетово", shown)
    assert "The assistant says that it does not know" in await desk.page(
        "/search?q=samovar", language="en"
    )
    assert "Search test" in await desk.page("/search", language="en")


async def test_try_page_searches_once_and_leads_to_the_retrieval_test(desk: Desk) -> None:
    async with recorded(desk.runtime.db.system) as statements:
        shown = await desk.post("/try", {"question": "Сколько стоит доставка?"}, status=200)
    assert len([each for each in statements if "promising AS MATERIALIZED" in each]) == 1
    assert f"{PATH}/{desk.who.id}/search?q=" in shown


async def test_many_documents_are_deleted_and_had_back(desk: Desk) -> None:
    sources = await desk.sources()
    page = await desk.page()
    assert page.count('name="ids"') == 2
    await desk.post("/many", {"ids": [str(each.id) for each in sources.values()], "deed": "delete"})
    assert await desk.sources() == {}
    assert not await desk.answers("доставка")
    trash = await desk.page("/trash")
    assert "Доставка" in trash
    assert "осталось дней: 30" in trash
    await desk.post(f"/trash/{sources['Доставка'].id}/restore")
    await desk.post(f"/trash/{sources['Warranty'].id}/destroy")

    async def found() -> bool | None:
        return await desk.answers("доставка") or None

    await eventually(found)
    assert "Корзина пуста" in await desk.page("/trash")
    assert list(await desk.sources()) == ["Доставка"]


async def test_list_is_searched_and_filtered(desk: Desk) -> None:
    shown = await desk.page("?q=достав")
    assert "Доставка" in shown
    assert "Warranty" not in shown
    assert "Такого здесь нет" in await desk.page("?look=failed")
    assert "Доставка" in await desk.page("/sources?look=unfound")


async def test_check_compares_passages_and_shows_pairs_with_what_to_do(desk: Desk) -> None:
    async with desk.runtime.db.fast.transaction(desk.place.id) as conn:
        words = "Возврат принимаем четырнадцать дней, деньги приходят на карту за три рабочих дня, не позже."
        for title in ("Возврат", "Возврат, копия"):
            await knowledge.add_text(conn, desk.who.collection_id, body=words, title=title)
    assert "ещё не сравнивались" in await desk.page("/check")
    await desk.post("/check")

    async def compared() -> str | None:
        shown = await desk.page("/check")
        return shown if "совпадают на 100 %" in shown else None

    shown = await eventually(compared)
    assert shown.count('/off"') == 2
