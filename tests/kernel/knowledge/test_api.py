"""`/api/v1/documents`."""

from typing import Any

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.knowledge.sites.manners import Manners
from tests.factories import make_person, make_workspace
from tests.fakes.jobs import eventually, settled
from tests.fakes.site import fake_site, html, link
from tests.kernel.knowledge.conftest import Shelf

URL = "/api/v1/documents"


async def test_text_is_created_listed_searched_and_deleted(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    headers = shelf.workspace.headers
    made = await client.post(
        URL, json={"kind": "text", "body": "Касса открыта до девяти вечера."}, headers=headers
    )
    assert made.status_code == 201, made.text
    document = made.json()
    assert document["state"] == "ready"
    assert document["collection_id"] == str(shelf.collection)
    listed = await client.get(URL, headers=headers)
    assert [each["id"] for each in listed.json()] == [document["id"]]
    chunks = await client.get(f"{URL}/{document['id']}/chunks", headers=headers)
    assert [each["text"] for each in chunks.json()] == ["Касса открыта до девяти вечера."]
    found = await client.post(f"{URL}/search", json={"question": "когда касса"}, headers=headers)
    assert found.json()["hits"][0]["quote"] == "Касса открыта до девяти вечера."
    assert found.json()["confidence"] > 0.45
    gone = await client.delete(f"{URL}/{document['id']}", headers=headers)
    assert gone.status_code == 204
    missing = await client.get(f"{URL}/{document['id']}", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "source_not_found")


async def test_pair_is_created_and_found(client: httpx.AsyncClient, shelf: Shelf) -> None:
    body = {"kind": "qa", "question": "Есть ли парковка?", "answer": "Да, во дворе."}
    made = await client.post(URL, json=body, headers=shelf.workspace.headers)
    assert made.json()["question"] == "Есть ли парковка?"
    assert made.json()["title"] == "Есть ли парковка?"


async def test_file_is_uploaded_and_its_refusal_said_in_the_callers_language(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    headers = {**shelf.workspace.headers, "Accept-Language": "ru"}
    upload = {"file": ("bad.docx", b"PK\x03\x04 nothing", "application/octet-stream")}
    made = await client.post(f"{URL}/files", files=upload, headers=headers)
    assert made.status_code == 201, made.text
    address = f"{URL}/{made.json()['id']}"

    async def ended() -> dict[str, Any] | None:
        shown: dict[str, Any] = (await client.get(address, headers=headers)).json()
        return shown if shown["state"] == "failed" else None

    shown = await eventually(ended, within=20)
    assert shown["error"]["code"] == "document_broken"
    assert "файл" in shown["error"]["detail"].lower()


async def test_list_is_paged_by_link(client: httpx.AsyncClient, shelf: Shelf) -> None:
    for number in range(3):
        await shelf.add(f"Текст номер {number}.")
    first = await client.get(f"{URL}?limit=2", headers=shelf.workspace.headers)
    assert [each["title"] for each in first.json()] == ["Текст номер 2.", "Текст номер 1."]
    following = first.links["next"]["url"]
    second = await client.get(following, headers=shelf.workspace.headers)
    assert [each["title"] for each in second.json()] == ["Текст номер 0."]
    assert "next" not in second.links


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "text"},
        {"kind": "text", "body": ""},
        {"kind": "text", "body": "x", "extra": 1},
        {"kind": "qa", "question": "?"},
        {"kind": "url", "url": "ftp://example.com/"},
        {"kind": "site", "url": "ftp://example.com/"},
        {"kind": "site", "url": "https://user@example.com/"},
        {"kind": "site", "url": "https://example.com/", "include": ["docs"]},
        {"kind": "site", "url": "https://example.com/", "max_pages": 0},
        {"kind": "url", "url": "https://example.com/", "refresh_hours": 0},
        {"kind": "magic", "body": "x"},
        {"kind": "text", "body": "x" * 2_000_001},
        {"kind": "text", "body": " \n "},
        {"kind": "qa", "question": "?!", "answer": "x"},
    ],
)
async def test_unfit_body_is_refused(
    client: httpx.AsyncClient, shelf: Shelf, body: dict[str, object]
) -> None:
    answer = await client.post(URL, json=body, headers=shelf.workspace.headers)
    assert answer.status_code == 422, answer.text


async def test_reading_needs_no_more_than_its_permission(
    client: httpx.AsyncClient, shelf: Shelf, runtime: Runtime
) -> None:
    operator = await make_person(runtime, shelf.workspace, role=Role.OPERATOR)
    member = await make_person(runtime, shelf.workspace, role=Role.MEMBER)
    body = {"kind": "text", "body": "Слова."}
    assert (await client.get(URL)).status_code == 401
    assert (await client.get(URL, headers=member.headers)).status_code == 403
    assert (await client.get(URL, headers=operator.headers)).status_code == 200
    assert (await client.post(URL, json=body, headers=operator.headers)).status_code == 403


async def test_document_of_another_workspace_is_not_there(
    client: httpx.AsyncClient, shelf: Shelf, stranger: Shelf
) -> None:
    source = await shelf.add("Тайна.")
    theirs = stranger.workspace.headers
    for method, path in (
        ("GET", f"/{source.id}"), ("GET", f"/{source.id}/chunks"), ("DELETE", f"/{source.id}"),
        ("POST", f"/{source.id}/refresh"),
    ):  # fmt: skip
        answer = await client.request(method, URL + path, headers=theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "source_not_found")
    found = await client.post(
        f"{URL}/search", json={"question": "тайна", "collection_id": str(shelf.collection)}, headers=theirs
    )  # fmt: skip
    assert (found.status_code, found.json()["code"]) == (404, "collection_not_found")
    assert (await shelf.get(source)).title == "Тайна."


async def test_first_document_makes_the_collection(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    empty = await client.get(f"{URL}/collections", headers=workspace.headers)
    assert empty.json() == []
    await client.post(URL, json={"kind": "text", "body": "Слова."}, headers=workspace.headers)
    listed = await client.get(f"{URL}/collections", headers=workspace.headers)
    assert [each["chunks"] for each in listed.json()] == [1]


async def test_site_is_looked_over_changed_and_indexed(
    client: httpx.AsyncClient, shelf: Shelf, runtime: Runtime
) -> None:
    runtime.get(Manners).pause = 0.0
    headers = shelf.workspace.headers
    pages = {
        "/": html("<p>Цены на лодки.</p>", link("/a"), link("/b"), title="Лодки"),
        "/a": html("<p>Лодка стоит тысячу.</p>", title="Первая"),
    }
    async with fake_site(pages) as site:
        body = {"kind": "site", "url": site, "preview": True, "refresh_hours": 24}
        made = (await client.post(URL, json=body, headers=headers)).json()
        address = f"{URL}/{made['id']}"

        async def reached(state: str) -> dict[str, Any] | None:
            shown: dict[str, Any] = (await client.get(address, headers=headers)).json()
            return shown if shown["state"] == state else None

        seen = await eventually(lambda: reached("preview"), within=20)
        assert (seen["done"], seen["total"], seen["refresh_hours"]) == (3, 3, 24)
        first = await client.get(f"{address}/pages?limit=2", headers=headers)
        assert [page["title"] for page in first.json()] == ["Лодки", "Первая"]
        (rest,) = (await client.get(first.links["next"]["url"], headers=headers)).json()
        assert (rest["url"], rest["state"]) == (f"{site}/b", "missing")
        rules = {"include": [], "exclude": ["/b"], "max_pages": 9, "max_depth": 1}
        changed = await client.put(f"{address}/site", json=rules, headers=headers)
        assert changed.json() == rules
        assert (await client.get(f"{address}/site", headers=headers)).json() == rules
        begun = await client.post(f"{address}/index", headers=headers)
        assert begun.status_code == 202, begun.text
        ready = await eventually(lambda: reached("ready"), within=20)
    assert (ready["total"], ready["chunks"]) == (2, 2)
    never = await client.patch(address, json={"refresh_hours": None}, headers=headers)
    assert never.json()["refresh_hours"] is None
    assert len((await client.get(URL, headers=headers)).json()) == 1


async def test_what_is_no_site_has_no_pages(client: httpx.AsyncClient, shelf: Shelf) -> None:
    source, headers = await shelf.add("Слова."), shelf.workspace.headers
    for method, path, json, code in (
        ("GET", "/pages", None, "not_site"), ("GET", "/site", None, "not_site"),
        ("POST", "/index", None, "not_site"), ("PATCH", "", {"refresh_hours": 9}, "not_refreshable"),
    ):  # fmt: skip
        answer = await client.request(
            method, f"{URL}/{source.id}{path}", json=json, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_check_says_what_is_alike_and_whose_it_is(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    headers = shelf.workspace.headers
    said = (
        "Заказ можно вернуть в течение четырнадцати дней, если товар не был в употреблении и сохранились его ярлыки. "
        "Деньги приходят на карту за три рабочих дня. Доставку возврата оплачивает покупатель, кроме случаев брака."
    )
    for title in ("Возврат", "Копия"):
        await shelf.add(said, title=title)
    first = (await client.get(f"{URL}/check", headers=headers)).json()
    assert (first["checked_at"], first["duplicates"], first["empty"]) == (None, [], [])
    wanted = {"collection_id": str(shelf.collection)}
    assert (await client.post(f"{URL}/check", headers=headers, json=wanted)).status_code == 202
    await settled(shelf.runtime)
    found = (await client.get(f"{URL}/check", headers=headers, params=wanted)).json()
    (pair,) = found["duplicates"]
    assert (pair["first"]["title"], pair["second"]["title"]) == ("Возврат", "Копия")
    assert found["collection_id"] == str(shelf.collection)
    unknown = {"collection_id": str(shelf.workspace.id)}
    missing = await client.get(f"{URL}/check", headers=headers, params=unknown)
    assert (missing.status_code, missing.json()["code"]) == (404, "collection_not_found")
