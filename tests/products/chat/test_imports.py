"""Chats from elsewhere: ChatGPT, Open WebUI and our own exports, each once, with what did not come in told."""

import io
import json
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.products.chat.service import unpacking
from tests.factories import make_person
from tests.fakes.jobs import settled
from tests.fakes.llm import Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import API, Scene

Json = dict[str, object]
IMPORTS = f"{API}/llm/imports"


def _node(name: str, parent: str | None, role: str, *parts: object, **more: object) -> Json:
    message = {
        "author": {"role": role}, "content": {"content_type": "text", "parts": list(parts)},
        "create_time": 1_700_000_000 + len(name), "metadata": {"model_slug": "gpt-4o", **more},
    }  # fmt: skip
    return {"id": name, "message": message, "parent": parent, "children": []}


def _chatgpt(**more: object) -> Json:
    """A tree: a question with two answers, the second of which was gone on from."""
    nodes: list[Json] = [
        {"id": "root", "message": None, "parent": None, "children": ["sys"]},
        _node("sys", "root", "system", "", is_visually_hidden_from_conversation=True),
        _node("q", "sys", "user", "What is it?", {"asset_pointer": "file-service://x"}),
        _node("a1", "q", "assistant", "A cat."),
        _node("a2", "q", "assistant", "A dog."),
        _node("tool", "a2", "tool", "ran"),
        _node("a3", "tool", "assistant", "A big one."),
        _node("q2", "a3", "user", "Sure?"),
        _node("a4", "q2", "assistant", "Sure."),
    ]
    return {
        "title": "Pets", "conversation_id": "c-1", "current_node": "a4", "create_time": 1_700_000_000.5,
        "mapping": {str(node["id"]): node for node in nodes}, **more,
    }  # fmt: skip


def _open_webui() -> Json:
    messages = {
        "m1": {"id": "m1", "parentId": None, "role": "user", "content": "Hi", "timestamp": 1_700_000_100},
        "m2": {"id": "m2", "parentId": "m1", "role": "assistant", "content": "Hello", "model": "llama3",
               "timestamp": 1_700_000_101},
    }  # fmt: skip
    chat = {
        "title": "Greeting",
        "history": {"messages": messages, "currentId": "m2"},
        "system": "Be kind.",
    }
    return {
        "id": "w-1", "title": "Greeting", "chat": chat, "archived": False, "pinned": True,
        "meta": {"tags": ["home"]},
    }  # fmt: skip


async def _import(scene: Scene, data: bytes, name: str) -> httpx.Response:
    sent = await scene.client.post(
        IMPORTS, files={"file": (name, data)}, headers=scene.made.headers
    )
    assert sent.status_code == 202, sent.text
    await settled(scene.runtime)
    return await scene.client.get(f"{IMPORTS}/{sent.json()['id']}", headers=scene.made.headers)


def _outcome(ended: httpx.Response) -> tuple[object, ...]:
    return tuple(ended.json()[name] for name in ("state", "made", "known", "skipped"))


async def _chat(scene: Scene, title: str) -> Scene:
    found = await scene.client.get(f"{API}/chats?kind=ai", headers=scene.made.headers)
    chat = next(each["id"] for each in found.json() if each["title"] == title)
    return Scene(scene.client, scene.runtime, scene.made, scene.model, chat)


async def test_export_of_chatgpt_comes_in_with_its_branches_once(
    scene: Scene, runtime: Runtime
) -> None:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        chats = [_chatgpt(), {"title": "Bare", "mapping": {}}, {"odd": 1}]
        archive.writestr("user.json", "{}")
        archive.writestr("export/conversations.json", json.dumps(chats))
    ended = await _import(scene, packed.getvalue(), "chatgpt.zip")
    assert _outcome(ended) == ("done", 1, 0, 2)
    assert [(each["title"], each["reason"], each["count"]) for each in ended.json()["notes"]] == [
        ("Pets", "files", 1), ("Pets", "tools", 1), ("Bare", "empty", 0), ("", "unknown", 0),
    ]  # fmt: skip
    chat = await _chat(scene, "Pets")
    turns = await chat.turns()
    assert [turn["content"] for turn in turns] == [
        "What is it?", "A dog.\n\nA big one.", "Sure?", "Sure.",
    ]  # fmt: skip
    assert (turns[1]["model"], turns[1]["siblings"]) == ("gpt-4o", [2, 3])
    assert str(turns[0]["created_at"]).startswith("2023-11-14")
    found = await scene.client.get(f"{API}/chats?q=dog", headers=scene.made.headers)
    assert [each["title"] for each in found.json()] == ["Pets"]
    scene.model.then(Say("Still."))
    await chat.ask("And now?")
    assert chat.heard()[0] == ("user", "What is it?")
    again = await _import(
        scene, json.dumps([_chatgpt(title="Renamed")]).encode(), "conversations.json"
    )
    assert _outcome(again) == ("done", 0, 1, 0)
    other = await make_person(runtime, scene.made)
    seen = await scene.client.get(f"{IMPORTS}/{again.json()['id']}", headers=other.headers)
    assert seen.status_code == 404
    async with runtime.db.fast.acquire(scene.made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM file") == 0


async def test_export_of_open_webui_comes_in(scene: Scene) -> None:
    assert _outcome(await _import(scene, json.dumps([_open_webui()]).encode(), "chats.json")) == (
        "done", 1, 0, 0,
    )  # fmt: skip
    chat = await _chat(scene, "Greeting")
    assert await chat.said() == ["Hi", "Hello"]
    assert (await chat.send("GET", "")).json()["instructions"] == "Be kind."
    entry = (await scene.client.get(f"{API}/chats/{chat.chat}", headers=scene.made.headers)).json()
    assert (entry["is_favorite"], entry["tags"]) == (True, ["home"])


async def test_our_own_export_comes_in_as_it_went_out(scene: Scene) -> None:
    scene.model.then(Say("By *train*.", usage=(12, 6)))
    await scene.send("PATCH", "", {"instructions": "Be brief.", "model": "fake-large"})
    await scene.ask("How?")
    await scene.send("PUT", "/messages/2/rating", {"rating": "good"})
    gone_out = await scene.send("GET", "/export")
    await scene.client.patch(
        f"{API}/chats/{scene.chat}", json={"title": "First"}, headers=scene.made.headers
    )
    ended = await _import(scene, gone_out.content, "chat.json")
    assert _outcome(ended) == ("done", 1, 0, 0)
    copy = await _chat(scene, "How?")
    came_in = await copy.send("GET", "/export")

    def lasting(whole: httpx.Response) -> object:
        told = whole.json()
        for turn in told["messages"]:
            del turn["id"], turn["run"]
        return told

    assert lasting(came_in) == lasting(gone_out)
    assert _outcome(await _import(scene, gone_out.content, "chat.json")) == ("done", 0, 1, 0)


async def test_file_that_cannot_be_read_says_so_and_keeps_what_was_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = json.dumps([_open_webui(), _chatgpt()])[:-40].encode()
    ended = await _import(scene, torn, "chats.json")
    assert (*_outcome(ended), ended.json()["failure"]) == (
        "failed",
        1,
        0,
        0,
        "ai_import_unreadable",
    )
    monkeypatch.setattr(unpacking, "LARGEST_CHAT", 1000)
    monkeypatch.setattr(unpacking, "PIECE", 512)
    ended = await _import(scene, json.dumps([_open_webui(), _chatgpt()]).encode(), "chats.json")
    assert (*_outcome(ended), ended.json()["failure"]) == ("failed", 0, 1, 0, "ai_import_too_large")
    headers = {**scene.made.headers, "Accept": "text/html"}
    page = "/dashboard/chat/import"
    empty = json.dumps([{"title": "Bare", "mapping": {}}]).encode()
    sent = await scene.client.post(page, files={"file": ("bare.json", empty)}, headers=headers)
    assert sent.status_code == 303
    await settled(scene.runtime)
    shown = await read(scene.client, scene.made.owner, page)
    assert "The conversation has no message with words." in shown
    assert "is too large" in shown
