"""One socket and a few: what goes in, what comes out."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.conversations import service
from besedka.kernel.realtime.service import issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import draft, make_dialog, make_group, say


async def test_sent_message_is_acknowledged_and_heard_by_members(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    async with connect(app, workspace.owner) as one, connect(app, other) as two:
        await one.hello(chat.id)
        await two.hello(chat.id)
        ack = await one.call("send", chat=str(chat.id), key="k1", body="Привет, **мир**!")
        assert ack["type"] == "ack"
        assert ack["data"]["seq"] == 1
        heard = await two.next("message")
        assert heard["seq"] == 1
        assert heard["mod"] == 1
        assert heard["data"]["body"] == "Привет, **мир**!"
        assert heard["data"]["html"] == "<p>Привет, <strong>мир</strong>!</p>"
        assert heard["data"]["sender"]["name"] == "Olga Owner"
        mine = (
            await one.next("message")
            if not any(f["type"] == "message" for f in one.received)
            else heard
        )
        assert mine["data"]["id"] == ack["data"]["id"]


async def test_same_key_gives_first_message_and_other_body_is_refused(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    async with connect(app, workspace.owner) as client:
        await client.hello(chat.id)
        first = await client.call("send", chat=str(chat.id), key="k", body="one")
        again = await client.call("send", chat=str(chat.id), key="k", body="one")
        other = await client.call("send", chat=str(chat.id), key="k", body="two")
    assert again["data"]["id"] == first["data"]["id"]
    assert again["data"]["duplicate"] is True
    assert other["data"]["code"] == "client_key_reused"


async def test_reconnect_brings_what_was_missed(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "one")
    await say(runtime, workspace.owner, chat.id, "two")
    async with connect(app, workspace.owner) as client:
        ack = await client.hello(chat.id, since=1)
        assert ack["data"]["chats"] == {str(chat.id): 2}
    bodies = [f["data"]["body"] for f in client.received if f["type"] == "message"]
    assert bodies == ["two"]


async def test_stranger_hears_nothing_and_learns_nothing(app: FastAPI, runtime: Runtime) -> None:
    workspace, foreign = await make_workspace(runtime), await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    for stranger in (other, foreign.owner):
        async with connect(app, stranger) as client:
            await client.hello(chat.id)
            assert any(f["type"] == "chat.gone" for f in client.received)
            refused = await client.call("send", chat=str(chat.id), key="k", body="x")
            assert refused["data"]["code"] == "chat_not_found"
            await say(runtime, workspace.owner, chat.id)
            assert not [f for f in await client.quiet() if f["type"] == "message"]


async def test_contact_hears_public_messages_only(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, contact = await make_dialog(runtime, workspace)
    principal = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="Vera"
    )
    async with (
        connect(app, ticket=await issue_ticket(runtime, principal)) as visitor,
        connect(app, workspace.owner) as operator,
    ):
        await visitor.hello(chat.id)
        await operator.hello(chat.id, inbox=True)
        await operator.call(
            "send", chat=str(chat.id), key="n", body="secret note", visibility="internal"
        )
        await operator.call("typing", chat=str(chat.id), visibility="internal")
        await operator.call("send", chat=str(chat.id), key="p", body="hello")
        asked = await visitor.call(
            "send", chat=str(chat.id), key="q", body="<b>hi</b> https://x.example"
        )
        assert asked["type"] == "ack"
        refused = await visitor.call(
            "send", chat=str(chat.id), key="r", body="x", visibility="internal"
        )
        assert refused["type"] == "error"
        await visitor.quiet()
    heard = [f["data"]["body"] for f in visitor.received if f["type"] == "message"]
    assert heard == ["hello", "<b>hi</b> https://x.example"]
    assert "secret" not in str(visitor.received)
    assert not [f for f in visitor.received if f["type"] == "typing"]
    html = next(f for f in operator.received if f["type"] == "message" and f["seq"] == 3)["data"][
        "html"
    ]
    assert html.startswith("<p>&lt;b&gt;hi&lt;/b&gt; <a href=")
    summaries = [f["data"] for f in operator.received if f["type"] == "inbox"]
    assert [s["preview"] for s in summaries] == [
        "secret note",
        "hello",
        "<b>hi</b> https://x.example",
    ]
    assert summaries[-1]["contact"]["name"] == "Vera"


async def test_ticket_works_once(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    principal = Principal(
        workspace_id=workspace.id,
        actor_id=workspace.owner.actor_id,
        kind=PrincipalKind.USER,
        name="O",
    )
    ticket = await issue_ticket(runtime, principal)
    async with connect(app, subprotocols=["besedka", f"ticket.{ticket}"]) as client:
        assert client.subprotocol == "besedka"
        assert (await client.call("ping"))["type"] == "ack"
    async with connect(app, ticket=ticket) as late:
        await late.ended.wait()
    assert late.code == 4001


async def test_socket_without_credentials_is_closed(app: FastAPI) -> None:
    async with connect(app) as client:
        await client.ended.wait()
    assert client.code == 4001


async def test_revoked_session_closes_socket_at_once(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    owner = workspace.owner
    async with connect(app, owner) as client:
        await client.call("ping")
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await accounts.revoke(
                conn,
                runtime.get(accounts.Accounts),
                user_id=owner.user_id,
                session_id=owner.session_id,
            )
        async with asyncio.timeout(3):
            await client.ended.wait()
    assert client.code == 4003


@pytest.mark.parametrize("is_dialog", [True, False])
async def test_typing_reaches_the_others(
    app: FastAPI, runtime: Runtime, *, is_dialog: bool
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = (
        (await make_dialog(runtime, workspace))[0]
        if is_dialog
        else await make_group(runtime, workspace, other.actor_id)
    )
    async with connect(app, workspace.owner) as one, connect(app, other) as two:
        await one.hello(chat.id)
        await two.hello(chat.id)
        await one.call("typing", chat=str(chat.id))
        assert (await two.next("typing"))["data"]["name"] == "Olga Owner"


async def test_removed_member_hears_and_sends_nothing(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    async with connect(app, workspace.owner) as one, connect(app, other) as two:
        await one.hello(chat.id)
        await two.hello(chat.id)
        await two.call("send", chat=str(chat.id), key="a", body="before")
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.remove_participant(runtime, conn, chat.id, actor=other.actor_id)
        await two.next("chat.gone")
        refused = await two.call("send", chat=str(chat.id), key="b", body="after")
        assert refused["data"]["code"] == "chat_not_found"
        await one.call("send", chat=str(chat.id), key="c", body="among us")
        assert not [f for f in await two.quiet() if f["type"] == "message"]
        gone = await two.hello(chat.id)
        assert gone["data"]["chats"] == {}


async def test_newcomer_hears_nothing_of_what_was_said_before(
    app: FastAPI, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    """An edit, a sign and an answer in a thread tell listeners of an old message: not those whom it was never shown."""
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    old = await say(runtime, workspace.owner, chat.id, "among us")
    async with connect(app, workspace.owner) as owner, connect(app, other) as newcomer:
        await owner.hello(chat.id, since=1)
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.add_participant(runtime, conn, chat.id, actor=other.actor_id)
        await newcomer.hello(chat.id)
        path = f"/api/v1/chats/{chat.id}"
        assert (await client.get(path, headers=other.headers)).json()["preview"] == ""
        await owner.call("edit", id=str(old.id), body="still among us")
        await owner.call("react", id=str(old.id), emoji="👍")
        await service.post(runtime, draft(workspace.owner, chat.id, "welcome", thread=1))
        await owner.until(lambda frame: bool((frame.get("data") or {}).get("thread")))
        await newcomer.until(lambda frame: frame.get("seq") == 2)
        heard = [f["seq"] for f in newcomer.received if f["type"].startswith("message")]
    assert heard == [2]
    assert "among us" not in str(newcomer.received)
