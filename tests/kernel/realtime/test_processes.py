"""Two processes on one database: what one commits, the sockets of the other hear; and what happens while Redis is away."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from besedka.app import create_app
from besedka.core.bus import Bus
from besedka.core.config import Settings
from besedka.core.errors import RateLimited
from besedka.core.ids import new_token
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import RateLimiter
from besedka.kernel.accounts import service as accounts
from besedka.kernel.conversations import service
from besedka.kernel.conversations.types import ConversationId, Post
from besedka.kernel.realtime.service import Presences, issue_ticket
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import Made, make_person, make_workspace
from tests.kernel.realtime.client import Client, connect
from tests.kernel.realtime.rooms import make_dialog, make_group
from tests.plugins.redis import RedisServer

pytestmark = pytest.mark.redis


@dataclass(frozen=True)
class Process:
    """One of the applications."""

    app: FastAPI
    runtime: Runtime

    async def post(self, who: Made, chat: ConversationId, *, key: str, body: str = "words") -> int:
        """Post as a person; returns the message's place."""
        message = Post(
            workspace_id=who.workspace_id, conversation_id=chat, sender_id=who.actor_id,
            client_key=key, body=body,
        )  # fmt: skip
        return (await service.post(self.runtime, message)).seq


def bus_of(process: Process) -> Bus:
    assert process.runtime.bus is not None
    return process.runtime.bus


async def is_healthy(process: Process, *, healthy: bool = True) -> None:
    """Wait until a process says of its bus what is expected."""
    for _ in range(1500):
        if bus_of(process).healthy is healthy:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@pytest.fixture
async def processes(
    settings: Settings, redis_server: RedisServer
) -> AsyncIterator[tuple[Process, Process]]:
    shared = settings.model_copy(update={"redis_url": redis_server.url})
    one, two = create_app(shared), create_app(shared)
    async with one.router.lifespan_context(one), two.router.lifespan_context(two):
        pair = Process(one, one.state.runtime), Process(two, two.state.runtime)
        for process in pair:
            await is_healthy(process)
        yield pair


async def bodies(socket: Client, count: int) -> list[str]:
    """Return the bodies of the next messages of a socket."""
    return [(await socket.next("message"))["data"]["body"] for _ in range(count)]


async def test_message_posted_in_one_process_is_heard_in_the_other(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    chat = await make_group(api.runtime, workspace)
    async with connect(ws.app, workspace.owner) as socket:
        await socket.hello(chat.id)
        for number in range(20):
            await api.post(workspace.owner, chat.id, key=str(number), body=f"m{number}")
        assert await bodies(socket, 20) == [f"m{number}" for number in range(20)]


async def test_people_of_one_process_are_there_for_the_other_until_their_last_tab_closes(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.presence.GRACE_SECONDS", 0.01)
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    mila = await make_person(api.runtime, workspace, name="Mila")
    async with connect(api.app, workspace.owner) as socket:
        await socket.hello(presence=True)
        async with connect(ws.app, mila):
            came = await socket.next("presence")
            assert came["data"] == {"actor": str(mila.actor_id), "state": "online"}
        gone = await socket.next("presence")
        assert gone["data"] == {"actor": str(mila.actor_id), "state": "offline"}
    assert mila.actor_id not in api.runtime.get(Presences).of(workspace.id)


async def test_both_processes_posting_at_once_are_heard_in_order_and_once(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    chat = await make_group(api.runtime, workspace)
    async with (
        connect(ws.app, workspace.owner) as there,
        connect(api.app, workspace.owner) as here,
    ):
        await there.hello(chat.id)
        await here.hello(chat.id)
        await asyncio.gather(
            *(
                processes[number % 2].post(workspace.owner, chat.id, key=str(number))
                for number in range(60)
            )
        )
        for socket in (there, here):
            await socket.until(lambda frame: frame.get("seq") == 60)
            await socket.quiet()
            heard = [f["seq"] for f in socket.received if f["type"] == "message"]
            assert sorted(set(heard)) == list(range(1, 61))
            assert heard == sorted(heard)


async def test_note_in_one_process_is_not_heard_by_a_contact_of_the_other(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    chat, contact = await make_dialog(api.runtime, workspace)
    visitor = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name=""
    )
    ticket = await issue_ticket(api.runtime, visitor)
    async with (
        connect(ws.app, ticket=ticket) as outside,
        connect(ws.app, workspace.owner) as inside,
        connect(api.app, workspace.owner) as sender,
    ):
        await outside.hello(chat.id)
        await inside.hello(chat.id, inbox=True)
        await sender.call("send", chat=str(chat.id), key="n", body="secret", visibility="internal")
        await sender.call("send", chat=str(chat.id), key="p", body="public")
        assert await bodies(inside, 2) == ["secret", "public"]
        assert await bodies(outside, 1) == ["public"]
        assert not any("secret" in str(frame) for frame in outside.received)
        summary = await inside.next("inbox", chat=str(chat.id))
        assert summary["data"]["preview"] in {"secret", "public"}


async def test_ticket_opens_one_socket_in_whichever_process(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    who = Principal(
        workspace_id=workspace.id, actor_id=workspace.owner.actor_id, kind=PrincipalKind.USER, name="O",
        session_id=workspace.owner.session_id, role="owner", permissions=frozenset({"inbox.read"}),
    )  # fmt: skip
    ticket = await issue_ticket(api.runtime, who)
    async with connect(ws.app, ticket=ticket) as socket:
        assert (await socket.call("ping"))["type"] == "ack"
    for process in processes:
        async with connect(process.app, ticket=ticket) as late:
            await late.ended.wait()
        assert late.code == 4001


async def test_removed_member_hears_nothing_more_in_the_other_process(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    other = await make_person(api.runtime, workspace)
    chat = await make_group(api.runtime, workspace, other.actor_id)
    async with (
        connect(ws.app, other) as removed,
        connect(ws.app, workspace.owner) as stays,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api.app), base_url="http://127.0.0.1:8000"
        ) as client,
    ):
        await removed.hello(chat.id)
        await stays.hello(chat.id)
        await api.post(workspace.owner, chat.id, key="before", body="before")
        await removed.next("message")
        path = f"/api/v1/chats/{chat.id}/members/{other.actor_id}"
        assert (await client.delete(path, headers=workspace.headers)).status_code == 204
        await api.post(workspace.owner, chat.id, key="after", body="after")
        assert await bodies(stays, 2) == ["before", "after"]
        assert (await removed.next("chat.gone", seconds=1.0))["chat"] == str(chat.id)
        assert not any("after" in str(frame) for frame in await removed.quiet())


async def test_ended_session_closes_sockets_in_the_other_process_at_once(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    async with connect(ws.app, workspace.owner) as socket:
        await socket.call("ping")
        api.runtime.get(accounts.Accounts).announce_end(workspace.owner.session_id)
        async with asyncio.timeout(1):
            await socket.ended.wait()
    assert socket.code == 4003


async def test_typing_and_read_reach_the_other_process(
    processes: tuple[Process, Process],
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    other = await make_person(api.runtime, workspace)
    chat = await make_group(api.runtime, workspace, other.actor_id)
    async with connect(api.app, workspace.owner) as one, connect(ws.app, other) as two:
        await one.hello(chat.id)
        await two.hello(chat.id)
        await one.call("typing", chat=str(chat.id))
        assert (await two.next("typing"))["data"]["name"] == "Olga Owner"
        await api.post(workspace.owner, chat.id, key="k")
        await two.next("message")
        await two.call("read", chat=str(chat.id), seq=1)
        assert (await one.next("read"))["data"]["seq"] == 1


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_redis_away_is_said_and_made_good(
    processes: tuple[Process, Process], redis_server: RedisServer, how: str
) -> None:
    api, ws = processes
    workspace = await make_workspace(api.runtime)
    chat = await make_group(api.runtime, workspace)
    async with (
        connect(ws.app, workspace.owner) as socket,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=ws.app), base_url="http://127.0.0.1:8000"
        ) as client,
    ):
        await socket.hello(chat.id)
        if how == "killed":
            redis_server.kill()
        else:
            redis_server.send(signal.SIGSTOP)
        await is_healthy(ws, healthy=False)
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["bus"]) == (200, "away")
        for number in range(5):
            await api.post(workspace.owner, chat.id, key=str(number), body=f"m{number}")
        ticket = await issue_ticket(
            ws.runtime,
            Principal(
                workspace_id=workspace.id, actor_id=workspace.owner.actor_id,
                kind=PrincipalKind.USER, name="",
            ),
        )  # fmt: skip
        async with connect(ws.app, ticket=ticket) as late:
            assert (await late.call("ping"))["type"] == "ack"
        if how == "killed":
            await redis_server.start()
        else:
            redis_server.send(signal.SIGCONT)
        for process in processes:
            await is_healthy(process)
        await api.post(workspace.owner, chat.id, key="back", body="back")
        await socket.until(lambda frame: frame.get("seq") == 6, seconds=8.0)
        heard = [f["data"]["body"] for f in socket.received if f["type"] == "message"]
        assert list(dict.fromkeys(heard)) == ["m0", "m1", "m2", "m3", "m4", "back"]
        assert (await client.get("/health/ready")).json()["status"] == "ok"


async def test_limits_count_the_hits_of_all_processes(processes: tuple[Process, Process]) -> None:
    one, two = (RateLimiter(bus=bus_of(process)) for process in processes)
    key = new_token()
    for limiter in (one, two, one):
        await limiter.hit("3 per day", key)
    with pytest.raises(RateLimited):
        await two.hit("3 per day", key)
    assert not await one.allowed("3 per day", key)
    await two.clear("3 per day", key)
    assert await one.allowed("3 per day", key)


async def test_limits_go_on_in_each_process_while_redis_is_away(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    limiter = RateLimiter(bus=bus_of(processes[0]))
    redis_server.kill()
    key = new_token()
    await limiter.hit("1 per day", key)
    with pytest.raises(RateLimited):
        await limiter.hit("1 per day", key)
