"""Threads: answers under a message, counted on it for those who see it."""

import asyncio
from datetime import datetime

import httpx
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import Visibility
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog, make_group, say, say_as_staff

CHATS = "/api/v1/chats"
MESSAGES = "/api/v1/messages"


async def test_thread_is_answered_listed_and_counted(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    root = await say(runtime, workspace.owner, chat.id, "root")
    path = f"{CHATS}/{chat.id}/threads/1"
    async with connect(app, other) as socket:
        await socket.hello(chat.id, since=1)
        body = {"body": "one", "key": "k", "reply_seq": 1}
        first = await client.post(path, json=body, headers=workspace.headers)
        again = await client.post(path, json=body, headers=workspace.headers)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["thread_root_seq"] == first.json()["reply_seq"] == 1
        assert (await socket.next("message", seq=2))["data"] == first.json()
        counted = (await socket.next("message.changed", seq=1))["data"]["thread"]
        assert (counted["count"], counted["last_seq"]) == (1, 2)
    await say(runtime, workspace.owner, chat.id, "beside")
    for number in range(3):
        sent = await client.post(
            f"{CHATS}/{chat.id}/threads/2", json={"body": f"n {number}"}, headers=other.headers
        )
        assert sent.json()["thread_root_seq"] == 1
    page = await client.get(f"{path}?limit=3", headers=workspace.headers)
    assert [m["seq"] for m in page.json()] == [2, 4, 5]
    rest = await client.get(page.links["next"]["url"], headers=workspace.headers)
    assert [m["seq"] for m in rest.json()] == [6]
    shown = (await client.get(f"{MESSAGES}/{root.id}", headers=workspace.headers)).json()
    assert (shown["thread"]["count"], shown["thread"]["last_seq"]) == (4, 6)
    last_at = datetime.fromisoformat(shown["thread"]["last_at"])
    assert last_at == datetime.fromisoformat(rest.json()[0]["created_at"])
    await client.delete(f"{MESSAGES}/{rest.json()[0]['id']}", headers=other.headers)
    shown = (await client.get(f"{MESSAGES}/{root.id}", headers=workspace.headers)).json()
    assert (shown["thread"]["count"], shown["thread"]["last_seq"]) == (3, 5)


async def test_parallel_answers_are_all_counted(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    root = await say(runtime, workspace.owner, chat.id, "root")
    path = f"{CHATS}/{chat.id}/threads/1"
    answers = await asyncio.gather(
        *(client.post(path, json={"body": f"{n}"}, headers=workspace.headers) for n in range(12))
    )
    assert {a.status_code for a in answers} == {201}
    shown = (await client.get(f"{MESSAGES}/{root.id}", headers=workspace.headers)).json()
    assert (shown["thread"]["count"], shown["thread"]["last_seq"]) == (12, 13)


async def test_thread_that_one_does_not_see_is_not_there(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    outside = await make_person(runtime, workspace)
    late = await make_person(runtime, workspace, role=Role.MEMBER)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "root")
    async with runtime.db.fast.transaction(workspace.id) as conn:
        await service.add_participant(runtime, conn, chat.id, actor=late.actor_id)
    await client.post(
        f"{CHATS}/{chat.id}/threads/1", json={"body": "answer"}, headers=workspace.headers
    )
    for who, seq in (
        (outside, 1), (foreign.owner, 1), (late, 1), (late, 2), (workspace.owner, 99),
    ):  # fmt: skip
        path = f"{CHATS}/{chat.id}/threads/{seq}"
        assert (await client.get(path, headers=who.headers)).status_code == 404
        answer = await client.post(path, json={"body": "x"}, headers=who.headers)
        assert answer.status_code == 404


async def test_thread_under_a_note_makes_no_sound_outside(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    await say(runtime, contact, chat.id, "question", workspace=workspace)
    await say_as_staff(runtime, workspace, chat.id, "note", Visibility.INTERNAL)
    who = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, who)) as visitor:
        await visitor.hello(chat.id, since=1)
        await visitor.quiet()
        inner = await client.post(
            f"{CHATS}/{chat.id}/threads/2", json={"body": "psst"}, headers=workspace.headers
        )
        assert inner.json()["visibility"] == "internal"
        assert await visitor.quiet() == []
        outer = await client.post(
            f"{CHATS}/{chat.id}/threads/1", json={"body": "Hello"}, headers=workspace.headers
        )
        assert outer.json()["visibility"] == "public"
        assert (await visitor.next("message"))["data"]["body"] == "Hello"
        counted = (await visitor.next("message.changed", seq=1))["data"]["thread"]
        assert counted["count"] == 1
