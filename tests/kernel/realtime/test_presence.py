"""Who is there."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.realtime.service import Hub, Presences, issue_ticket
from besedka.kernel.realtime.types import Presence, Principal, PrincipalKind
from tests.factories import make_person, make_workspace
from tests.kernel.realtime.client import connect
from tests.kernel.realtime.rooms import make_dialog

GRACE = "besedka.kernel.realtime.service.presence.GRACE_SECONDS"


async def test_people_come_go_away_and_leave_with_their_last_tab(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GRACE, 0.01)
    workspace = await make_workspace(runtime)
    mila = await make_person(runtime, workspace, name="Mila")

    async def there() -> dict[str, str]:
        answer = await client.get("/api/v1/presence", headers=workspace.headers)
        return {each["actor"]: each["state"] for each in answer.json()}

    async with connect(app, workspace.owner) as owner:
        await owner.hello(presence=True)
        async with connect(app, mila) as one, connect(app, mila) as two:
            heard = [(await owner.next("presence"))["data"]]
            await one.call("presence", state="away")
            assert (await there())[str(mila.actor_id)] == "online"
            await two.call("presence", state="away")
            heard.append((await owner.next("presence"))["data"])
            assert (await there())[str(mila.actor_id)] == "away"
            await one.call("presence", state="online")
            heard.append((await owner.next("presence"))["data"])
            wrong = await one.call("presence", state="gone")
            assert wrong["data"]["code"] == "bad_frame"
        heard.append((await owner.next("presence"))["data"])
        assert [each["state"] for each in heard] == ["online", "away", "online", "offline"]
        assert {each["actor"] for each in heard} == {str(mila.actor_id)}
        assert await there() == {str(workspace.owner.actor_id): "online"}
    stranger = await make_workspace(runtime)
    answer = await client.get("/api/v1/presence", headers=stranger.headers)
    assert answer.json() == []


async def test_page_that_loads_anew_is_no_departure(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GRACE, 0.2)
    workspace = await make_workspace(runtime)
    mila = await make_person(runtime, workspace, name="Mila")
    async with connect(app, workspace.owner) as owner:
        await owner.hello(presence=True)
        async with connect(app, mila):
            await owner.next("presence")
        async with connect(app, mila):
            frames = await owner.quiet(0.3)
            assert [each for each in frames if each["type"] == "presence"] == []


async def test_visitors_neither_show_nor_learn_who_is_there(app: FastAPI, runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    _, contact = await make_dialog(runtime, workspace)
    visitor = Principal(
        workspace_id=workspace.id, actor_id=contact, kind=PrincipalKind.CONTACT, name="V"
    )
    async with connect(app, ticket=await issue_ticket(runtime, visitor)) as socket:
        await socket.hello(presence=True)
        async with connect(app, workspace.owner):
            assert [f for f in await socket.quiet() if f["type"] == "presence"] == []
        assert contact not in runtime.get(Presences).of(workspace.id)


async def test_what_another_process_told_ends_when_it_is_not_told_again(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.presence.LASTS_SECONDS", 0.05)
    workspace, presences = await make_workspace(runtime), Presences(Hub(runtime.background), None)
    actor = new_id()
    for process, state in (("a", "online"), ("b", "away"), ("a", "online")):
        presences._hear(
            {"process": process, "workspace": str(workspace.id), "actor": str(actor), "state": state}
        )  # fmt: skip
    assert presences.of(workspace.id) == {actor: Presence.ONLINE}
    presences._hear(
        {"process": "a", "workspace": str(workspace.id), "actor": str(actor), "state": "offline"}
    )
    assert presences.of(workspace.id) == {actor: Presence.AWAY}
    await asyncio.sleep(0.06)
    presences.renew()
    assert presences.of(workspace.id) == {}
    assert presences._words == {}
