"""Chats with the AI as their owner keeps them: found, put away, deleted and had back."""

from datetime import timedelta

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from tests.factories import MadeWorkspace, make_person, make_workspace

CHATS = "/api/v1/chats"


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


async def _make(client: httpx.AsyncClient, place: MadeWorkspace, title: str, **more: object) -> str:
    made = await client.post(CHATS, json={"title": title, **more}, headers=place.headers)
    return str(made.json()["id"])


async def _titles(client: httpx.AsyncClient, place: MadeWorkspace, query: str) -> list[str]:
    found = await client.get(f"{CHATS}?{query}", headers=place.headers)
    assert found.status_code == 200, found.text
    return [chat["title"] for chat in found.json()]


async def test_chats_are_found_by_title_words_tag_and_mark(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    trip = await _make(client, place, "Отпуск в Перми", tags=["travel"])
    await _make(client, place, "100% plan", tags=["work"])
    said = {"content": "Which trains go to Kazan?"}
    await client.post(f"{CHATS}/{trip}/messages", json=said, headers=place.headers)
    await client.patch(f"{CHATS}/{trip}", json={"is_favorite": True}, headers=place.headers)
    for query in ("q=ОТПУСК", "q=kazan", "tag=travel", "favorite=true"):
        assert await _titles(client, place, query) == ["Отпуск в Перми"], query
    for query in ("q=%25", "tag=work", "favorite=false"):
        assert await _titles(client, place, query) == ["100% plan"], query


async def test_chat_that_is_put_away_is_listed_apart_for_its_reader(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    chat = await _make(client, place, "Old")
    changed = await client.patch(
        f"{CHATS}/{chat}", json={"is_archived": True}, headers=place.headers
    )
    assert changed.json()["is_archived"] is True
    assert await _titles(client, place, "") == []
    assert await _titles(client, place, "place=archive") == ["Old"]
    assert (await client.get(f"{CHATS}/{chat}", headers=place.headers)).status_code == 200


async def test_deleted_chat_waits_in_the_trash_and_comes_back_whole(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace
) -> None:
    chat = await _make(client, place, "Gone")
    path = f"{CHATS}/{chat}"
    said = {"content": "a word to keep"}
    await client.post(f"{path}/messages", json=said, headers=place.headers)
    assert (await client.delete(path, headers=place.headers)).status_code == 204
    assert (await client.get(path, headers=place.headers)).status_code == 404
    more = await client.post(f"{path}/messages", json={"content": "more"}, headers=place.headers)
    assert more.status_code == 404
    assert await _titles(client, place, "q=keep") == []
    assert await _titles(client, place, "place=trash") == ["Gone"]
    stranger = await make_person(runtime, place)
    refused = await client.post(f"{path}/restore", headers=stranger.headers)
    assert refused.status_code == 404
    back = await client.post(f"{path}/restore", headers=place.headers)
    assert (back.status_code, back.json()["trashed_at"]) == (200, None)
    messages = await client.get(f"{path}/messages", headers=place.headers)
    assert [each["body"] for each in messages.json()] == ["a word to keep"]


async def test_trash_is_emptied_after_thirty_days_or_at_once_by_its_owner(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace
) -> None:
    old, young, gone = [await _make(client, place, title) for title in ("old", "young", "gone")]
    for chat in (old, young, gone):
        await client.delete(f"{CHATS}/{chat}", headers=place.headers)
    forever = await client.delete(f"{CHATS}/{gone}?forever=true", headers=place.headers)
    assert forever.status_code == 204
    async with runtime.db.fast.transaction(place.id) as conn:
        await conn.execute(
            "UPDATE conversation SET trashed_at = trashed_at - $2::interval WHERE id = $1::uuid",
            old, timedelta(days=30),
        )  # fmt: skip
    await service.purge_trash(runtime)
    assert await _titles(client, place, "place=trash") == ["young"]
