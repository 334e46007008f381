"""Whose key pays, and who may use which model."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Currency
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.llm import FakeLlm, Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import Scene, open_chat
from tests.products.models.conftest import connect

KEY, ACCESS, MODELS = "/api/v1/llm/key", "/api/v1/model-access", "/api/v1/llm/models"
PRICE = {"currency": "RUB", "input": 1_000_000, "output": 2_000_000}


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The host charges."""
    settings.billing = True
    return settings


@pytest.fixture
async def paid(
    client: httpx.AsyncClient, runtime: Runtime, host: MadeWorkspace, one: FakeLlm
) -> Scene:
    """A chat whose company has a balance, and a host's model that costs."""
    await connect(client, host, one, "rack", price=PRICE, context=9000)
    scene = await open_chat(client, runtime, await make_workspace(runtime), one)
    async with runtime.db.fast.transaction(scene.made.id) as conn:
        received = ledger.Received(amount=10_000, currency=Currency.RUB, key="d")
        await ledger.deposit(conn, received)
    return scene


async def balance(scene: Scene) -> tuple[int, int]:
    async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
        found = await ledger.balance(conn)
    return found.balance, found.held


async def test_persons_own_key_is_charged_nothing_and_serves_nobody_else(
    client: httpx.AsyncClient, runtime: Runtime, paid: Scene, two: FakeLlm
) -> None:
    one = paid.model
    one.default = Say("Paid.", usage=(100, 50))
    assert (await client.get(KEY, headers=paid.made.headers)).json()["pays"] == "installation"
    await paid.ask("Hello")
    assert await balance(paid) == (9800, 0)
    own = {"base_url": two.base_url, "default_model": "fake-small", "api_key": "sk-own-secret"}
    kept = await client.put(KEY, json=own, headers=paid.made.headers)
    assert (kept.json()["pays"], kept.json()["has_key"]) == ("person", True)
    assert "sk-own-secret" not in kept.text
    assert (await client.post(f"{KEY}/test", headers=paid.made.headers)).json()["ok"]
    said = (await paid.ask("Mine")).json()["message"]
    assert said["model"] == "fake-small"
    assert two.requests[-1].headers["Authorization"] == "Bearer sk-own-secret"
    assert await balance(paid) == (9800, 0)
    colleague = await make_person(runtime, paid.made, role=Role.MEMBER)
    theirs = (await client.get(MODELS, headers=colleague.headers)).json()
    assert [(each["id"], each["key"]) for each in theirs] == [("fake-large", "installation")]
    mine = (await client.get(MODELS, headers=paid.made.headers)).json()
    assert {each["key"]: each["own"] for each in mine} == {"person": True}
    page = await read(client, paid.made.owner, "/dashboard/settings/my-model")
    assert two.base_url in page
    assert "sk-own-secret" not in page
    who = await read(client, paid.made.owner, "/dashboard/settings/model-access")
    assert "pay for their own chats" in who
    form = {"base_url": "", "default_model": "m"}
    headers = {**colleague.headers, "Accept": "text/html"}
    refused = await client.post("/dashboard/settings/my-model", data=form, headers=headers)
    assert refused.status_code == 422
    await client.delete(KEY, headers=paid.made.headers)
    assert (await client.get(KEY, headers=paid.made.headers)).json()["is_set"] is False


async def test_model_is_limited_to_roles_and_members_in_chats_and_lists(
    client: httpx.AsyncClient, runtime: Runtime, paid: Scene
) -> None:
    member = await make_person(runtime, paid.made, role=Role.MEMBER)
    headers = {**paid.made.headers, "Accept": "text/html"}

    async def offered() -> int:
        return len((await client.get(MODELS, headers=member.headers)).json())

    async def limit(**form: object) -> None:
        path = "/dashboard/settings/model-access"
        saved = await client.post(path, data={"model": "fake-large", **form}, headers=headers)
        assert saved.status_code == 303, saved.text

    assert await offered() == 1
    await limit(who="some", roles=["owner"])
    assert await offered() == 0
    asked = {"content": "Hello", "model": "fake-large"}
    chat = (await client.post("/api/v1/chats", json={"title": ""}, headers=member.headers)).json()["id"]  # fmt: skip
    refused = await client.post(f"/api/v1/llm/chat/{chat}/message", json=asked, headers=member.headers)  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (422, "model_not_usable")
    assert not paid.model.requests
    assert (await paid.ask("Hello")).status_code == 200
    await limit(who="some", members=[str(member.actor_id)])
    assert await offered() == 1
    await limit(who="nobody")
    assert await offered() == 0
    found = (await client.get(ACCESS, headers=paid.made.headers)).json()
    assert found == [{"model": "fake-large", "roles": [], "members": []}]
    stranger = await make_workspace(runtime)
    foreign = {"model": "fake-large", "members": [str(stranger.owner.actor_id)]}
    wrong = await client.put(ACCESS, json=foreign, headers=paid.made.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (404, "no_member")
    await client.put(ACCESS, json={"model": "fake-large", "everybody": True}, headers=paid.made.headers)  # fmt: skip
    assert await offered() == 1


async def test_of_many_questions_at_once_a_balance_for_one_answers_one(
    client: httpx.AsyncClient, paid: Scene
) -> None:
    """Each in a chat of its own, so that nothing but the balance is between them."""
    paid.model.default = Say("Dear.", usage=(9000, 2250))
    chats = [await open_chat(client, paid.runtime, paid.made, paid.model) for _ in range(12)]
    await client.get(MODELS, headers=paid.made.headers)
    answers = await asyncio.gather(*(each.ask("Hello " * 2600) for each in chats))
    codes = Counter(each.json().get("code", "answered") for each in answers)
    # What the first answer took teaches how many tokens such words are: who asks after it may be told that they are too many.
    assert codes["answered"] == 1
    assert codes["balance_short"] + codes["llm_context_too_long"] == 11
    held = await balance(paid)
    assert held[1] == 0
    assert 0 <= held[0] < 10_000
    async with paid.runtime.db.fast.acquire(paid.made.id) as conn:
        booked = await conn.fetchval("SELECT sum(amount) FROM ledger_transaction WHERE workspace_id = $1", paid.made.id)  # fmt: skip
    assert booked == held[0]
