"""Why a search found what it found."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.knowledge import service
from tests.factories import make_workspace
from tests.kernel.knowledge.conftest import Shelf


async def test_trace_is_the_search_itself_with_its_scores_and_words(shelf: Shelf) -> None:
    await shelf.add("Утюг гла́дит рубашки паром. Рубашки лежат рядом.", title="Глажка")
    await shelf.add("Рубашки продаются на втором этаже.", title="Магазин")
    question = "чем гладить рубашшки фиолетовым"
    found = await service.trace(shelf.runtime, shelf.workspace.id, [shelf.collection], question)
    plain = await shelf.ask(question)
    assert tuple(each.hit for each in found.found) == plain.hits
    assert found.confidence == plain.confidence
    assert found.corrected == {"рубашшки": "рубашки"}
    assert found.unknown == ("фиолетовым",)
    first = found.found[0]
    assert [first.hit.text[mark] for mark in first.marks] == ["гла́дит", "рубашки", "Рубашки"]
    assert [(each.by_words, each.by_meaning) for each in found.found] == [(1, None), (2, None)]
    assert first.hit.score > first.words > found.found[1].words
    assert not found.with_meaning
    assert not found.reranked


async def test_nothing_found_is_traced_too(shelf: Shelf) -> None:
    found = await service.trace(shelf.runtime, shelf.workspace.id, [shelf.collection], "утюг")
    assert (found.found, found.unknown, found.confidence) == ((), ("утюг",), 0.0)


async def test_trace_over_the_api(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    body = {"kind": "text", "body": "Утюг гладит рубашки."}
    await client.post("/api/v1/documents", headers=place.headers, json=body)
    answer = await client.post(
        "/api/v1/documents/search/trace", headers=place.headers, json={"question": "утюги"}
    )
    (found,) = answer.json()["found"]
    assert (found["by_words"], found["by_meaning"]) == (1, None)
    assert found["marks"] == [{"start": 0, "stop": 4}]
