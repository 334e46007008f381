"""Labels of conversations, and links to things of products."""

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations.service import labels as service
from tests.factories import Made, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, make_group

API = "/api/v1"


async def make_label(client: httpx.AsyncClient, who: Made, name: str = "Urgent") -> str:
    made = await client.post(f"{API}/labels", json={"name": name}, headers=who.headers)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_label_on_a_chat_is_heard_and_filters_lists(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, other = await make_group(runtime, workspace), await make_group(runtime, workspace)
    headers, label = workspace.headers, await make_label(client, workspace.owner)
    path = f"{API}/chats/{chat.id}/labels/{label}"
    async with connect(app, workspace.owner) as socket:
        await socket.hello(chat.id, since=0)
        for _ in range(2):
            assert (await client.put(path, headers=headers)).status_code == 204
        heard = await socket.next("chat.changed")
    found = (await client.get(f"{API}/chats/{chat.id}", headers=headers)).json()
    assert heard["data"]["labels"] == found["labels"] == [label]
    assert heard["mod"] == found["mod"]
    listed = await client.get(f"{API}/chats", params={"label": label}, headers=headers)
    assert [each["id"] for each in listed.json()] == [str(chat.id)]
    await client.delete(path, headers=headers)
    await client.put(f"{API}/chats/{other.id}/labels/{label}", headers=headers)
    assert (await client.delete(f"{API}/labels/{label}", headers=headers)).status_code == 204
    for each in (chat, other):
        shown = await client.get(f"{API}/chats/{each.id}", headers=headers)
        assert shown.json()["labels"] == []


async def test_label_names_are_unique_whatever_their_case(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    label = await make_label(client, workspace.owner, "Срочно")
    other = await make_label(client, workspace.owner, "Потом")
    headers = workspace.headers
    again = await client.post(f"{API}/labels", json={"name": " срочно "}, headers=headers)
    taken = await client.patch(f"{API}/labels/{other}", json={"name": "СРОЧНО"}, headers=headers)
    assert (again.status_code, taken.json()["code"]) == (409, "label_taken")
    changed = await client.patch(
        f"{API}/labels/{label}", json={"colour": "#ff0000"}, headers=headers
    )
    assert changed.json() == {"id": label, "name": "Срочно", "colour": "#ff0000"}
    bad = await client.post(f"{API}/labels", json={"name": "x", "colour": "red"}, headers=headers)
    assert bad.status_code == 422
    names = [each["name"] for each in (await client.get(f"{API}/labels", headers=headers)).json()]
    assert names == ["Потом", "Срочно"]


async def test_members_label_their_chats_and_staff_dialogs(
    client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    operator = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, member.actor_id)
    dialog, _ = await make_dialog(runtime, workspace)
    label = await make_label(client, operator)
    assert (
        await client.post(f"{API}/labels", json={"name": "x"}, headers=member.headers)
    ).status_code == 403
    answers = [
        (
            await client.put(f"{API}/chats/{where.id}/labels/{label}", headers=who.headers)
        ).status_code
        for who, where in ((member, chat), (member, dialog), (operator, dialog), (operator, chat))
    ]
    assert answers == [204, 404, 204, 404]
    listed = await client.get(f"{API}/dialogs", params={"label": label}, headers=operator.headers)
    assert [each["labels"] for each in listed.json()] == [[label]]
    missing = await client.put(f"{API}/chats/{chat.id}/labels/{new_id()}", headers=member.headers)
    assert missing.json()["code"] == "label_not_found"
    monkeypatch.setattr(service, "MOST_LABELS_OF_CHAT", 1)
    second = await make_label(client, operator, "Second")
    full = await client.put(f"{API}/chats/{chat.id}/labels/{second}", headers=member.headers)
    assert full.json()["code"] == "too_many_labels"


async def test_chat_is_linked_to_things_of_products_and_found_by_them(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    member = await make_person(runtime, workspace, role=Role.MEMBER)
    chat = await make_group(runtime, workspace, member.actor_id)
    headers = workspace.headers
    made = await client.post(
        f"{API}/assistants", json={"name": "Helper", "language": "en"}, headers=headers
    )
    assistant = made.json()["id"]
    path = f"{API}/chats/{chat.id}/links"
    for _ in range(2):
        assert (
            await client.put(f"{path}/assistant/{assistant}", headers=headers)
        ).status_code == 204
    links = (await client.get(path, headers=headers)).json()
    assert [(each["entity_type"], each["entity_id"], each["title"]) for each in links] == [
        ("assistant", assistant, "Helper")
    ]
    wanted = {"entity_type": "assistant", "entity_id": assistant}
    found = await client.get(f"{API}/links", params=wanted, headers=headers)
    assert [each["id"] for each in found.json()] == [str(chat.id)]
    assert (await client.get(path, headers=member.headers)).json() == []
    unseen = [
        await client.get(f"{API}/links", params=wanted, headers=member.headers),
        await client.put(f"{path}/assistant/{assistant}", headers=member.headers),
        await client.put(f"{path}/assistant/{new_id()}", headers=headers),
        await client.put(f"{path}/spaceship/{assistant}", headers=headers),
    ]
    assert [each.json()["code"] for each in unseen] == ["entity_not_found"] * 4
    await client.delete(f"{path}/assistant/{assistant}", headers=headers)
    assert (await client.get(path, headers=headers)).json() == []
