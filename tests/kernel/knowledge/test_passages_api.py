"""Passages, the trash and versions over the API."""

from dataclasses import dataclass

import httpx
import pytest
from pydantic import JsonValue

from besedka.core.runtime import Runtime
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import eventually

PATH = "/api/v1/documents"


@dataclass(frozen=True, slots=True)
class Desk:
    """An owner with one text."""

    client: httpx.AsyncClient
    place: MadeWorkspace
    document: str

    async def call(
        self, method: str, path: str, body: JsonValue = None, *, status: int = 200
    ) -> httpx.Response:
        answer = await self.client.request(
            method, PATH + path, headers=self.place.headers, json=body
        )
        assert answer.status_code == status, answer.text
        return answer

    async def found(self, question: str) -> int:
        answer = await self.call("POST", "/search", {"question": question})
        return len(answer.json()["hits"])


@pytest.fixture
async def desk(client: httpx.AsyncClient, runtime: Runtime) -> Desk:
    """An owner before the list of documents."""
    place = await make_workspace(runtime)
    made = await client.post(
        PATH,
        headers=place.headers,
        json={"kind": "text", "body": "# Утюг\n\nУтюг гладит.\n\n# Пар\n\nПар шипит."},
    )
    return Desk(client, place, made.json()["id"])


async def test_passage_is_changed_and_switched_off_in_one_request(desk: Desk) -> None:
    chunks = (await desk.call("GET", f"/{desk.document}/chunks?q=УТЮГ")).json()
    assert [each["text"] for each in chunks] == ["Утюг гладит."]
    path = f"/chunks/{chunks[0]['id']}"
    changed = await desk.call("PATCH", path, {"text": "Утюг жужжит.", "is_off": True})
    assert (changed.json()["original"], changed.json()["is_off"]) == ("Утюг гладит.", True)
    for look in ("off", "edited"):
        assert len((await desk.call("GET", f"/{desk.document}/chunks?look={look}")).json()) == 1
    assert await desk.found("жужжит") == 0
    back = await desk.call("PATCH", path, {"text": None, "is_off": False})
    assert (back.json()["text"], back.json()["original"]) == ("Утюг гладит.", None)
    shown = (await desk.call("GET", path)).json()
    assert (shown["document"]["id"], len(shown["around"])) == (desk.document, 2)
    await desk.call("PATCH", path, {"text": "…"}, status=422)


async def test_deleted_document_lies_in_the_trash_until_it_is_restored_or_destroyed(
    desk: Desk,
) -> None:
    await desk.call("DELETE", f"/{desk.document}", status=204)
    assert await desk.found("утюг") == 0
    assert (await desk.call("GET", "")).json() == []
    await desk.call("GET", f"/{desk.document}", status=404)
    (lying,) = (await desk.call("GET", "/trash")).json()
    assert (lying["id"], lying["deleted_at"] is not None) == (desk.document, True)
    await desk.call("POST", f"/trash/{desk.document}/restore", status=202)

    async def ready() -> bool | None:
        return (await desk.call("GET", f"/{desk.document}")).json()["state"] == "ready" or None

    await eventually(ready)
    assert await desk.found("утюг") == 2
    await desk.call("DELETE", f"/trash/{desk.document}", status=204)
    assert (await desk.call("GET", "/trash")).json() == []
    assert (await desk.call("GET", f"/{desk.document}", status=404)).json()[
        "code"
    ] == "source_not_found"


async def test_list_is_filtered_by_words_and_state(desk: Desk) -> None:
    assert len((await desk.call("GET", "?q=утюг&look=unfound")).json()) == 1
    assert (await desk.call("GET", "?q=самовар")).json() == []
    assert (await desk.call("GET", "?look=failed")).json() == []


async def test_versions_of_a_text_are_none_and_unknown_ones_are_refused(desk: Desk) -> None:
    assert (await desk.call("GET", f"/{desk.document}/versions")).json() == []
    await desk.call("POST", f"/{desk.document}/versions/{desk.document}/restore", status=404)
