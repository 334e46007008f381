"""Who may open a socket, and for how long."""

import asyncio
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI

from besedka.boot import Boot
from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import Caller, Role, SessionKind
from besedka.kernel.conversations import service
from besedka.kernel.realtime.service import check_sessions, issue_ticket
from besedka.kernel.realtime.service.hub import SOCKETS_PER_ACTOR, Hub
from besedka.kernel.realtime.service.tickets import Tickets
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_group, say


async def cookie_of(runtime: Runtime, workspace: MadeWorkspace) -> str:
    owner = workspace.owner
    async with runtime.db.fast.transaction(workspace.id) as conn:
        login = await accounts.open_session(
            conn, runtime.get(accounts.Accounts), user_id=owner.user_id, workspace=workspace.id,
            caller=Caller(), kind=SessionKind.COOKIE,
        )  # fmt: skip
    return f"besedka_session={login.cookie}"


async def test_cookie_opens_a_socket_from_our_own_page(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    headers = {"cookie": await cookie_of(runtime, workspace), "origin": "http://127.0.0.1:8000"}
    async with connect(app, headers=headers) as client:
        assert (await client.call("ping"))["type"] == "ack"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:8000.evil.example", "null", ""]
)
async def test_cookie_opens_nothing_from_another_site(
    app: FastAPI, runtime: Runtime, origin: str
) -> None:
    workspace = await make_workspace(runtime)
    headers = {"cookie": await cookie_of(runtime, workspace)} | (
        {"origin": origin} if origin else {}
    )
    async with connect(app, headers=headers) as client:
        await client.ended.wait()
        assert not client.accepted.is_set()


async def test_old_ticket_opens_nothing(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await make_workspace(runtime)
    monkeypatch.setattr("besedka.kernel.realtime.service.tickets.TICKET_SECONDS", -1)
    principal = Principal(
        workspace_id=workspace.id,
        actor_id=workspace.owner.actor_id,
        kind=PrincipalKind.USER,
        name="O",
    )
    async with connect(app, ticket=await issue_ticket(runtime, principal)) as client:
        await client.ended.wait()
    assert client.code == 4001


async def test_tickets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.tickets.MOST_TICKETS", 10)
    tickets = Tickets()
    principal = Principal.__new__(Principal)
    for _ in range(100):
        await tickets.issue(principal)
    assert len(tickets._waiting) <= 11


async def test_actor_has_a_bounded_number_of_sockets(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    hub = runtime.get(Hub)
    hub.limited = True
    async with connect(app, workspace.owner) as first:
        await first.call("ping")
        mine = hub._actors[workspace.owner.actor_id]
        (tab,) = mine
        open_tabs = [copy(tab) for _ in range(SOCKETS_PER_ACTOR)]
        mine.update(open_tabs)
        async with connect(app, workspace.owner) as client:
            await client.ended.wait()
        mine.difference_update(open_tabs)
    assert client.code == 4007


@pytest.mark.parametrize("change", ["revoke", "disable", "demote", "leave"])
async def test_check_closes_sockets_whose_right_has_gone(
    app: FastAPI, runtime: Runtime, change: str
) -> None:
    """The listeners hear of it at once in this process; the check is for what other processes did."""
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace, role=Role.OPERATOR)
    statements = {
        "revoke": ("UPDATE session SET revoked_at = now() WHERE id = $1", other.session_id),
        "disable": ("UPDATE app_user SET disabled_at = now() WHERE id = $1", other.user_id),
        "demote": ("UPDATE membership SET role = 'member' WHERE user_id = $1", other.user_id),
        "leave": ("DELETE FROM membership WHERE user_id = $1", other.user_id),
    }
    async with connect(app, other) as client, connect(app, workspace.owner) as owner:
        await client.call("ping")
        await owner.call("ping")
        assert await check_sessions(runtime) == 0
        async with runtime.db.system.transaction() as conn:
            await conn.execute(*statements[change])
        assert await check_sessions(runtime) == 1
        async with asyncio.timeout(3):
            await client.ended.wait()
        assert client.code == 4003
        assert (await owner.call("ping"))["type"] == "ack"


async def test_sweep_lets_go_of_members_removed_elsewhere_and_tells_what_others_did(
    app: FastAPI, runtime: Runtime, settings: Settings
) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace, other.actor_id)
    async with (
        connect(app, workspace.owner) as one,
        connect(app, other) as two,
        Boot(settings, works=False).running() as elsewhere,
    ):
        await one.hello(chat.id)
        await two.hello(chat.id)
        async with elsewhere.db.fast.transaction(workspace.id) as conn:
            await service.remove_participant(elsewhere, conn, chat.id, actor=other.actor_id)
        await say(elsewhere, workspace.owner, chat.id, "only for us")
        assert await service.sweep(runtime) == 1
        assert (await one.next("message"))["data"]["body"] == "only for us"
        await two.next("chat.gone")
        assert not [f for f in await two.quiet() if f["type"] == "message"]
        assert await service.sweep(runtime) == 0


async def test_deleted_chat_is_gone_for_its_listeners(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat = await make_group(runtime, workspace)
    async with connect(app, workspace.owner) as client:
        await client.hello(chat.id)
        async with runtime.db.fast.transaction(workspace.id) as conn:
            entry = await service.get_readable(conn, chat.id, actor=workspace.owner.actor_id)
            await service.delete_conversation(runtime, conn, entry)
        assert (await client.next("chat.gone"))["chat"] == str(chat.id)
        refused = await client.call("send", chat=str(chat.id), key="k", body="x")
        assert refused["data"]["code"] == "chat_not_found"


async def test_new_member_hears_of_the_chat_and_can_join_it(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    other = await make_person(runtime, workspace)
    chat = await make_group(runtime, workspace)
    await say(runtime, workspace.owner, chat.id, "before")
    async with connect(app, other) as client:
        await client.call("ping")
        async with runtime.db.fast.transaction(workspace.id) as conn:
            await service.add_participant(runtime, conn, chat.id, actor=other.actor_id)
        assert (await client.next("chat.changed"))["chat"] == str(chat.id)
        await client.hello(chat.id)
        await say(runtime, workspace.owner, chat.id, "after")
        assert (await client.next("message"))["data"]["body"] == "after"


async def test_socket_that_was_opened_for_a_while_ends_with_it(
    app: FastAPI, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    principal = Principal(
        workspace_id=workspace.id, actor_id=workspace.owner.actor_id, kind=PrincipalKind.CONTACT, name="",
        until=now() + timedelta(hours=1),
    )  # fmt: skip
    async with connect(app, ticket=await issue_ticket(runtime, principal)) as client:
        await client.call("ping")
        assert await check_sessions(runtime) == 0
    ended = replace(principal, until=now() - timedelta(seconds=1))
    async with connect(app, ticket=await issue_ticket(runtime, ended)) as client:
        await client.call("ping")
        assert await check_sessions(runtime) == 1
        async with asyncio.timeout(3):
            await client.ended.wait()
        assert client.code == 4003
