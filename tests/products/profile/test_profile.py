"""The profile over the API: kept, proposed, forgotten, and nobody else's."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.llm import service as llm
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say

API = "/api/v1/profile"
KINDS = ("values", "beliefs", "interests", "skills", "desires", "intentions")
NOTHING: dict[str, list[object]] = {kind: [] for kind in KINDS}
TABLES = ("profile", "profile_fact", "profile_source", "profile_change")
MESSAGE = "Я очень люблю горы. Хочу выучить испанский."


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def vera(runtime: Runtime, firm: MadeWorkspace) -> Made:
    return await make_person(runtime, firm, role=Role.MEMBER, name="Vera")


async def call(
    client: httpx.AsyncClient, who: Made, method: str, path: str = "", body: object = None, *, status: int = 200
) -> dict[str, Any]:  # fmt: skip
    """Do something with one's profile."""
    answer = await client.request(method, API + path, json=body, headers=who.headers)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


async def listed(client: httpx.AsyncClient, who: Made, path: str) -> list[dict[str, Any]]:
    """Read a list of one's profile."""
    answer = await client.get(API + path, headers=who.headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def rows(runtime: Runtime, firm: MadeWorkspace) -> list[int]:
    """Count what is kept in the tables of profiles."""
    async with runtime.db.fast.acquire(firm.id) as conn:
        return [
            await conn.fetchval(f'SELECT count(*) FROM "{table}" WHERE workspace_id = $1', firm.id)
            for table in TABLES
        ]


async def test_profile_is_set_by_kinds_with_strings_or_weights(
    client: httpx.AsyncClient, vera: Made
) -> None:
    assert await call(client, vera, "GET", "/") == NOTHING
    wanted = {"values": ["Честность", {"name": " Свобода ", "weight": 0.9}], "skills": ["Go", "go"]}
    made = await call(client, vera, "PUT", body=wanted)
    assert made["values"] == [
        {"name": "Свобода", "weight": 0.9},
        {"name": "Честность", "weight": 0.5},
    ]
    assert made["skills"] == [{"name": "go", "weight": 0.5}]
    assert await call(client, vera, "PUT", body=made) == made
    again = await call(client, vera, "PUT", body={"values": ["свобода"]})
    assert again["values"] == [{"name": "свобода", "weight": 0.9}]
    assert again["skills"] == made["skills"]
    assert await call(client, vera, "GET") == again
    for broken in ({"values": [""]}, {"values": [{"name": "x", "weight": 2}]}, {"hobbies": ["x"]}, {"values": None},
                   {"values": ["\u2028"]}):  # fmt: skip
        await call(client, vera, "PUT", body=broken, status=422)


async def test_fact_is_added_changed_and_forgotten_with_its_history(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    honesty = {"kind": "values", "name": "Честность", "weight": 0.8}
    fact = await call(client, vera, "POST", "/facts", honesty, status=201)
    assert (fact["strength"], fact["state"], fact["origin"]) == (0.8, "accepted", "person")
    await call(client, vera, "POST", "/facts", {**honesty, "name": "ЧЕСТНОСТЬ"}, status=409)
    await call(client, vera, "POST", "/facts", {**honesty, "name": "Семья"}, status=201)
    path = f"/facts/{fact['id']}"
    await call(client, vera, "PATCH", path, {"name": "Семья"}, status=409)
    await call(client, vera, "PATCH", path, {"weight": 0.3, "name": "Прямота"})
    await call(client, vera, "PATCH", path, {})
    history = await listed(client, vera, f"/history?fact_id={fact['id']}")
    assert [(each["deed"], each["name_before"], each["name"], each["weight"]) for each in history] == [
        ("confirmed", "Прямота", "Прямота", 0.3), ("changed", "Честность", "Прямота", 0.3), ("added", None, "Честность", 0.8),
    ]  # fmt: skip
    first = await client.get(f"{API}/history?limit=3", headers=vera.headers)
    assert len(first.json()) == 3
    rest = await client.get(first.links["next"]["url"], headers=vera.headers)
    assert [each["deed"] for each in rest.json()] == ["added"]
    await call(client, vera, "DELETE", path, status=204)
    await call(client, vera, "GET", path, status=404)
    assert [each["name"] for each in await listed(client, vera, "/history")] == ["Семья"]
    assert await rows(runtime, firm) == [1, 1, 0, 1]
    await call(client, vera, "DELETE", status=204)
    assert await rows(runtime, firm) == [0, 0, 0, 0]


async def test_without_a_model_rules_propose_and_nothing_enters_without_a_yes(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    found = await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
    assert (found["reader"], found["failure"], found["known"]) == ("rules", "", 0)
    mountains, spanish = found["facts"]
    assert (mountains["kind"], mountains["name"], mountains["weight"]) == ("interests", "горы", 0.8)
    assert mountains["sources"][0]["quote"] == "Я очень люблю горы."
    assert await call(client, vera, "GET") == NOTHING
    assert (await call(client, vera, "GET", "/prompt"))["text"] == ""
    again = await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
    assert [each["id"] for each in again["facts"]] == [mountains["id"], spanish["id"]]
    accepted = await call(client, vera, "POST", f"/facts/{mountains['id']}/accept")
    assert (accepted["state"], accepted["origin"]) == ("accepted", "rules")
    await call(client, vera, "POST", f"/facts/{mountains['id']}/reject", status=409)
    await call(client, vera, "POST", f"/facts/{spanish['id']}/reject", status=204)
    assert await listed(client, vera, "/facts?state=proposed") == []
    prompt = await call(client, vera, "GET", "/prompt")
    assert prompt["text"].endswith("\n- Interests: горы (0.8)")
    await call(client, vera, "PATCH", "/settings", {"in_answers": False})
    assert (await call(client, vera, "GET", "/prompt"))["text"] == ""
    assert await rows(runtime, firm) == [1, 1, 1, 2]


async def test_whoever_chose_so_has_findings_enter_by_themselves(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    await call(client, vera, "PATCH", "/settings", {"accepts_itself": True})
    await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
    assert (await call(client, vera, "GET"))["interests"] == [{"name": "горы", "weight": 0.8}]
    async with runtime.db.fast.transaction(firm.id) as conn:
        await conn.execute(
            "UPDATE profile_fact SET confirmed_at = confirmed_at - $2::interval WHERE workspace_id = $1",
            firm.id, timedelta(days=240),
        )  # fmt: skip
    faded = (await listed(client, vera, "/facts"))[0]
    assert (faded["weight"], faded["strength"]) == (0.8, 0.4)
    said = await call(client, vera, "POST", "/analyze", {"message": "Обожаю горы!"})
    assert said["known"] == 1
    assert (said["facts"][0]["strength"], len(said["facts"][0]["sources"])) == (0.8, 2)


async def test_model_reads_the_message_as_data_and_rules_step_in_when_it_fails(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    async with FakeLlm() as fake:
        async with runtime.db.fast.transaction(firm.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=fake.base_url, default_model="m", api_key=""
            )
        facts = [{"kind": "interests", "name": "Горы", "weight": 0.7, "quote": "люблю горы"}]
        fake.then(Say(json.dumps({"facts": facts})))
        found = await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
        assert (found["reader"], found["failure"]) == ("model", "")
        assert [(each["name"], each["origin"]) for each in found["facts"]] == [("Горы", "model")]
        asked = json.loads(json.dumps(fake.requests[0].body))
        assert asked["response_format"]["json_schema"]["schema"]["required"] == ["facts"]
        told, message = asked["messages"]
        assert MESSAGE not in told["content"]
        assert message["content"].startswith("<message ")
        fake.then(Fail(400), Say(json.dumps({"facts": []})))
        plain = await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
        assert plain["reader"] == "model"
        assert "response_format" not in fake.requests[-1].body
        fake.then(Say("I would rather not."))
        stepped_in = await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
        assert (stepped_in["reader"], stepped_in["failure"]) == ("rules", "llm_unknown")
        assert len(stepped_in["facts"]) == 2


async def test_owner_admins_and_keys_read_nothing_of_it(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    fact = await call(
        client, vera, "POST", "/facts", {"kind": "beliefs", "name": "Тайна"}, status=201
    )
    await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
    admin = await make_person(runtime, firm, role=Role.ADMIN)
    path = f"/facts/{fact['id']}"
    for other in (firm.owner, admin):
        assert await call(client, other, "GET") == NOTHING
        for read in ("/facts", "/history", f"/history?fact_id={fact['id']}"):
            assert await listed(client, other, read) == []
        assert (await call(client, other, "GET", "/prompt"))["text"] == ""
        assert (await call(client, other, "GET", "/export"))["facts"] == []
        for method, to, body in (
            ("GET", path, None), ("PATCH", path, {"weight": 0.1}), ("DELETE", path, None),
            ("POST", f"{path}/accept", None), ("POST", f"{path}/reject", None),
        ):  # fmt: skip
            await call(client, other, method, to, body, status=404)
        page = f"/dashboard/settings/profile{path}"
        assert (await client.get(page, headers=other.headers)).status_code == 404
        assert (await client.post(f"{page}/forget", headers=other.headers)).status_code == 404
        await call(client, other, "PUT", body={"beliefs": []})
        await call(client, other, "DELETE", status=204)
        told = (await client.get("/api/v1/auth/me/export", headers=other.headers)).text
        assert "Тайна" not in told
    assert (await call(client, vera, "GET", path))["name"] == "Тайна"
    audit = await client.get("/dashboard/settings/audit", headers=firm.headers)
    assert "Тайна" not in audit.text
    key = await client.post(
        "/api/v1/api-keys", json={"name": "Bot", "scopes": ["chats.use"]}, headers=vera.headers
    )
    assert key.status_code == 201, key.text
    by_key = {"Authorization": f"Bearer {key.json()['token']}"}
    assert (await client.get(API, headers=by_key)).status_code == 403


async def test_person_takes_it_away_and_it_goes_with_the_membership(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace, vera: Made
) -> None:
    await call(client, vera, "POST", "/facts", {"kind": "beliefs", "name": "Тайна"}, status=201)
    await call(client, vera, "POST", "/analyze", {"message": MESSAGE})
    own = await call(client, vera, "GET", "/export")
    assert [each["name"] for each in own["facts"]] == ["горы", "выучить испанский", "Тайна"]
    assert own["facts"][0]["sources"][0]["quote"] == "Я очень люблю горы."
    assert len(own["history"]) == 3
    whole = (await client.get("/api/v1/auth/me/export", headers=vera.headers)).json()
    assert whole["profile"]["profiles"] == [{"workspace": str(firm.id), **own}]
    gone = await client.request(
        "DELETE", "/api/v1/auth/me", json={"password": vera.password}, headers=vera.headers
    )
    assert gone.status_code == 204, gone.text
    assert await rows(runtime, firm) == [0, 0, 0, 0]
