"""`/chats` and `/messages` over HTTP."""

from uuid import uuid4

import httpx
import pytest

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.rooms import make_dialog, make_group, say
from tests.plugins.queries import recorded

CHATS = "/api/v1/chats"


async def test_chat_with_a_title_only_is_one_with_the_ai(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    made = await client.post(
        CHATS, json={"title": "Plans", "tags": ["a"]}, headers=workspace.headers
    )
    assert made.status_code == 201
    chat = made.json()
    assert (chat["kind"], chat["title"], chat["tags"], chat["is_favorite"]) == (
        "ai",
        "Plans",
        ["a"],
        False,
    )
    assert (await client.get(f"{CHATS}/{chat['id']}", headers=workspace.headers)).json() == chat


async def test_chat_changes_and_goes(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = (await client.post(CHATS, json={"title": "Old"}, headers=workspace.headers)).json()
    path = f"{CHATS}/{chat['id']}"
    changed = await client.patch(
        path,
        json={"title": "New", "tags": ["x", "y"], "is_favorite": True},
        headers=workspace.headers,
    )
    assert changed.status_code == 200
    assert (changed.json()["title"], changed.json()["tags"], changed.json()["is_favorite"]) == (
        "New",
        ["x", "y"],
        True,
    )
    await client.post(f"{path}/messages", json={"content": "hello"}, headers=workspace.headers)
    assert (await client.delete(path, headers=workspace.headers)).status_code == 204
    assert (await client.get(path, headers=workspace.headers)).status_code == 404
    assert (await client.get(f"{path}/messages", headers=workspace.headers)).status_code == 404


async def test_list_pages_by_link_newest_first(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    await make_dialog(runtime, workspace)
    chats = [await make_group(runtime, workspace) for _ in range(5)]
    for chat in reversed(chats):
        await say(runtime, workspace.owner, chat.id)
    found, address = [], f"{CHATS}?limit=2"
    while address:
        page = await client.get(address, headers=workspace.headers)
        assert page.status_code == 200
        found += [chat["id"] for chat in page.json()]
        address = page.links.get("next", {}).get("url", "")
    assert found == [str(chat.id) for chat in chats]
    assert (await client.get(f"{CHATS}?kind=ai", headers=workspace.headers)).json() == []


async def test_list_says_what_is_unread(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    for _ in range(3):
        await say(runtime, other, chat.id, "news")
    shown = (await client.get(CHATS, headers=workspace.headers)).json()[0]
    assert (shown["unread"], shown["preview"], shown["last_seq"]) == (3, "news", 3)
    read = await client.post(f"{CHATS}/{chat.id}/read", json={"seq": 2}, headers=workspace.headers)
    assert read.json() == {"seq": 2}
    back = await client.post(f"{CHATS}/{chat.id}/read", json={"seq": 1}, headers=workspace.headers)
    assert back.json() == {"seq": 2}
    beyond = await client.post(
        f"{CHATS}/{chat.id}/read", json={"seq": 99}, headers=workspace.headers
    )
    assert beyond.json() == {"seq": 3}
    assert (await client.get(CHATS, headers=workspace.headers)).json()[0]["unread"] == 0


async def test_messages_page_both_ways(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    for number in range(1, 8):
        await say(runtime, workspace.owner, chat.id, f"n {number}")
    path = f"{CHATS}/{chat.id}/messages"
    first = await client.get(f"{path}?limit=3", headers=workspace.headers)
    assert [m["seq"] for m in first.json()] == [7, 6, 5]
    assert first.headers["link"] == f'<{path}?limit=3&before_seq=5>; rel="next"'
    rest = await client.get(f"{path}?limit=5&before_seq=5", headers=workspace.headers)
    assert [m["seq"] for m in rest.json()] == [4, 3, 2, 1]
    assert "link" not in rest.headers
    newer = await client.get(f"{path}?after_seq=5", headers=workspace.headers)
    assert [m["seq"] for m in newer.json()] == [6, 7]
    one = await client.get(f"/api/v1/messages/{first.json()[0]['id']}", headers=workspace.headers)
    assert one.json() == first.json()[0]


async def test_changes_come_in_the_order_of_mod(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    for number in range(1, 5):
        await say(runtime, workspace.owner, chat.id, f"n {number}")
    answer = await client.get(
        f"{CHATS}/{chat.id}/changes?since_mod=1&limit=2", headers=workspace.headers
    )
    assert [m["mod"] for m in answer.json()] == [2, 3]
    assert answer.headers["besedka-mod"] == "4"
    assert "since_mod=3" in answer.headers["link"]


async def test_posting_twice_with_a_key_stores_once(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    path = f"{CHATS}/{chat.id}/messages"
    body = {"body": "hi", "key": uuid4().hex}
    first = await client.post(path, json=body, headers=workspace.headers)
    again = await client.post(path, json=body, headers=workspace.headers)
    other = await client.post(path, json=body | {"body": "no"}, headers=workspace.headers)
    by_header = {**workspace.headers, "Idempotency-Key": "k2"}
    third = await client.post(path, json={"body": "x"}, headers=by_header)
    fourth = await client.post(path, json={"body": "x"}, headers=by_header)
    assert [r.status_code for r in (first, again, other, third, fourth)] == [
        201,
        200,
        409,
        201,
        200,
    ]
    assert first.json() == again.json()
    assert third.json()["id"] == fourth.json()["id"]


@pytest.mark.parametrize(
    "body",
    [{}, {"body": ""}, {"body": " "}, {"body": "x" * 20_001}, {"body": "x", "visibility": "secret"},
     {"body": "x", "more": 1}, {"body": "a\x00b"}, {"body": "x", "reply_seq": 0}, {"body": None}, []],
)  # fmt: skip
async def test_bad_message_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, body: object
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    answer = await client.post(f"{CHATS}/{chat.id}/messages", json=body, headers=workspace.headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_group_members_come_and_go(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other, third = await make_person(runtime, workspace), await make_person(runtime, workspace)
    made = await client.post(
        CHATS,
        json={"kind": "group", "title": "G", "members": [str(other.actor_id)]},
        headers=workspace.headers,
    )
    path = f"{CHATS}/{made.json()['id']}"
    actor = {"actor_id": str(third.actor_id)}
    assert (
        await client.post(f"{path}/members", json=actor, headers=other.headers)
    ).status_code == 403
    assert (
        await client.post(f"{path}/members", json=actor, headers=workspace.headers)
    ).status_code == 204
    members = (await client.get(f"{path}/members", headers=third.headers)).json()
    assert {m["id"] for m in members} == {
        str(a) for a in (workspace.owner.actor_id, other.actor_id, third.actor_id)
    }
    left = await client.delete(f"{path}/members/{third.actor_id}", headers=third.headers)
    assert left.status_code == 204
    assert (await client.get(path, headers=third.headers)).status_code == 404
    stranger = {"actor_id": str(new_id())}
    assert (
        await client.post(f"{path}/members", json=stranger, headers=workspace.headers)
    ).status_code == 404
    removed = await client.delete(f"{path}/members/{other.actor_id}", headers=workspace.headers)
    assert removed.status_code == 204
    assert (
        await client.post(f"{path}/messages", json={"body": "x"}, headers=other.headers)
    ).status_code == 404


async def test_direct_chat_of_two_is_one_and_its_members_stay(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    one = await client.post(
        CHATS, json={"kind": "direct", "members": [str(other.actor_id)]}, headers=workspace.headers
    )
    two = await client.post(
        CHATS,
        json={"kind": "direct", "members": [str(workspace.owner.actor_id)]},
        headers=other.headers,
    )
    assert one.json()["id"] == two.json()["id"]
    third = {"actor_id": str((await make_person(runtime, workspace)).actor_id)}
    answer = await client.post(
        f"{CHATS}/{one.json()['id']}/members", json=third, headers=workspace.headers
    )
    assert answer.status_code == 409


async def test_newcomer_sees_what_comes_from_now_on(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    old = await say(runtime, workspace.owner, chat.id, "before")
    actor = {"actor_id": str(other.actor_id)}
    await client.post(f"{CHATS}/{chat.id}/members", json=actor, headers=workspace.headers)
    await say(runtime, workspace.owner, chat.id, "after")
    seen = (await client.get(f"{CHATS}/{chat.id}/messages", headers=other.headers)).json()
    assert [m["body"] for m in seen] == ["after"]
    assert (
        await client.get(f"/api/v1/messages/{old.id}", headers=other.headers)
    ).status_code == 404


async def test_strangers_get_the_answer_of_a_missing_chat(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    inside = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    message = await say(runtime, workspace.owner, chat.id)
    calls = [
        ("GET", "", None), ("PATCH", "", {"title": "x"}), ("DELETE", "", None), ("GET", "/messages", None),
        ("POST", "/messages", {"body": "x"}), ("GET", "/changes?since_mod=0", None), ("POST", "/read", {"seq": 1}),
        ("GET", "/members", None), ("POST", "/members", {"actor_id": str(inside.actor_id)}),
        ("DELETE", f"/members/{workspace.owner.actor_id}", None),
    ]  # fmt: skip
    for who in (inside, foreign.owner):
        for method, path, body in calls:
            answers = [
                await client.request(method, f"{CHATS}/{at}{path}", json=body, headers=who.headers)
                for at in (chat.id, new_id())
            ]
            assert [a.status_code for a in answers] == [404, 404], (method, path)
            assert answers[0].content == answers[1].content
        assert (
            await client.get(f"/api/v1/messages/{message.id}", headers=who.headers)
        ).status_code == 404
    assert (await client.get(f"{CHATS}/{chat.id}", headers=workspace.headers)).json()["mod"] == 1


async def test_operator_reads_and_answers_dialogs_and_a_recruiter_does_not(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator, recruiter = (
        await make_person(runtime, workspace),
        await make_person(runtime, workspace, role=Role.RECRUITER),
    )
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "help", workspace=workspace)
    path = f"{CHATS}/{chat.id}/messages"
    assert [m["body"] for m in (await client.get(path, headers=operator.headers)).json()] == [
        "help"
    ]
    assert (
        await client.post(path, json={"body": "yes"}, headers=operator.headers)
    ).status_code == 201
    assert (await client.get(path, headers=recruiter.headers)).status_code == 404
    assert (
        await client.post(path, json={"body": "yes"}, headers=recruiter.headers)
    ).status_code == 404


async def test_ticket_is_given_to_people(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    answer = await client.post("/api/v1/auth/ws-ticket", headers=workspace.headers)
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 30
    assert (await client.post("/api/v1/auth/ws-ticket")).status_code == 401


async def test_hot_routes_ask_few_questions(client: httpx.AsyncClient, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id)
    path = f"{CHATS}/{chat.id}"
    await client.get(path, headers=workspace.headers)
    wanted = {
        f"{path}/messages": 2,
        f"{path}/changes?since_mod=0": 3,
        CHATS: 3,
        path: 3,
        f"{path}/members": 3,
    }
    for address, most in wanted.items():
        async with recorded(runtime.db.fast) as queries:
            assert (await client.get(address, headers=workspace.headers)).status_code == 200
        assert len(queries) <= most, (address, queries)
    async with recorded(runtime.db.fast) as queries:
        posted = await client.post(
            f"{path}/messages", json={"body": "x"}, headers=workspace.headers
        )
    assert posted.status_code == 201
    assert len(queries) <= 2, queries
