"""Where balances are charged: what an answer may cost is held, what it did cost is taken, and the rest comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Balance, Currency
from besedka.products.chat import service
from besedka.products.chat.service.money import LEAST_TOKENS
from tests.factories import make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.chat.scenes import API, Scene, connect, open_chat

HOSTS = """
[[models]]
id = "fake-large"
provider = "openai"
context = 9000
currency = "RUB"
input = 1_000_000
output = 2_000_000

[[models]]
id = "fake-medium"
provider = "openai"
context = 9000
currency = "RUB"
input = 500_000
output = 1_000_000
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The host charges, and says what a model costs."""
    settings.billing = True
    settings.models_file = tmp_path / "models.toml"
    settings.models_file.write_text(HOSTS)
    return settings


@pytest.fixture
async def paid(client: httpx.AsyncClient, runtime: Runtime, fake: FakeLlm) -> AsyncIterator[Scene]:
    """A chat whose workspace uses the host's key and has 10,000 micro-units."""
    settings = runtime.settings
    settings.openai_api_key, settings.openai_base_url = SecretStr("key"), fake.base_url
    settings.openai_model = "fake-large"
    fake.models.append({"id": "fake-other"})
    scene = await open_chat(client, runtime, await make_workspace(runtime), fake)
    await _pay(scene, 10_000)
    yield scene
    settings.openai_api_key = SecretStr("")


async def _pay(scene: Scene, amount: int) -> None:
    async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
        await ledger.deposit(
            conn, ledger.Received(amount=amount, currency=Currency.RUB, key=f"d-{amount}")
        )


async def _wallet(scene: Scene) -> Balance:
    async with scene.runtime.db.fast.transaction(scene.made.id) as conn:
        return await ledger.balance(conn)


async def test_answer_is_charged_by_what_it_took(paid: Scene) -> None:
    paid.model.then(Say("Paid.", usage=(100, 50)))
    said = (await paid.ask("Hello")).json()["message"]
    assert said["cost"] == {"micro": 200, "currency": "RUB"}
    assert paid.model.requests[-1].body["max_tokens"] == 2250
    wallet = await _wallet(paid)
    assert (wallet.balance, wallet.held) == (9800, 0)


async def test_answers_side_by_side_are_held_and_charged_each(paid: Scene) -> None:
    paid.model.models.append({"id": "fake-medium"})
    both = {"content": "Who?", "models": ["fake-large", "fake-medium"]}
    short = await paid.send("POST", "/compare", {**both, "content": "Who? " * 2000})
    assert (short.status_code, short.json()["code"]) == (402, "balance_short")
    assert await paid.turns() == []
    paid.model.default = Say("Paid.", usage=(100, 50))
    await paid.send("POST", "/compare", both)
    await paid.until_idle()
    wallet = await _wallet(paid)
    assert (wallet.balance, wallet.held) == (9700, 0)


async def test_more_than_was_held_is_never_taken(paid: Scene) -> None:
    paid.model.then(Say("Dear.", usage=(900_000, 50)))
    await paid.ask("Hello")
    wallet = await _wallet(paid)
    assert wallet.held == 0
    assert 4500 <= 10_000 - wallet.balance < 5000


async def test_short_balance_shortens_an_answer_and_then_refuses_saying_what_is_needed(
    paid: Scene,
) -> None:
    await _pay(paid, 1000)
    paid.model.default = Say("x", usage=(1, 3000), finish="length")
    said = [(await paid.ask("Hello")).json()["message"]["finish"] for _ in range(3)]
    assert said == ["length", "length", "balance"]
    assert LEAST_TOKENS <= int(str(paid.model.requests[-1].body["max_tokens"])) < 2250
    refused = await paid.ask("Again")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (402, "balance_short")
    assert problem["params"]["needed"] > problem["params"]["available"] >= 0
    assert len(await paid.turns()) == 6


async def test_price_that_nobody_knows_refuses_except_on_ones_own_key(
    paid: Scene, runtime: Runtime
) -> None:
    refused = await paid.ask("Hello", model="fake-other")
    assert (refused.status_code, refused.json()["code"]) == (409, "price_unknown")
    await connect(runtime, paid.made, paid.model)
    answer = await paid.ask("Hello", model="fake-other")
    assert answer.status_code == 200
    assert (await _wallet(paid)).balance == 10_000


async def test_failure_frees_what_was_held_and_a_cut_answer_is_paid_as_far_as_it_came(
    paid: Scene,
) -> None:
    paid.model.then(Fail(400, {"error": {"message": "no"}}))
    assert (await paid.ask("Hello")).status_code == 502
    wallet = await _wallet(paid)
    assert (wallet.balance, wallet.held) == (10_000, 0)
    paid.model.then(Say("Half of it", cut_after=2))
    await paid.ask("Hello")
    wallet = await _wallet(paid)
    assert wallet.held == 0
    assert 9_900 < wallet.balance < 10_000


async def test_killed_between_hold_and_capture_is_charged_once(
    paid: Scene, runtime: Runtime
) -> None:
    paid.model.then(Say("Never heard", hang=True))
    asking = asyncio.create_task(paid.ask("Hello?"))
    await paid.model.wait_started(30)
    assert (await _wallet(paid)).held > 0
    async with runtime.db.fast.transaction(paid.made.id) as conn:
        run = await conn.fetchval(
            "UPDATE ai_run SET worker = 'gone', lease_until = now() - interval '1 s' RETURNING id"
        )
    paid.model.default = Say("Here.", usage=(100, 50))
    await service.answer(runtime, paid.made.id, run)
    await asking
    wallet = await _wallet(paid)
    assert (wallet.balance, wallet.held) == (9800, 0)


async def test_answer_in_a_chat_that_was_deleted_is_charged_so_far_and_its_hold_is_freed(
    paid: Scene,
) -> None:
    paid.model.then(Say("Never heard whole", hang=True))
    asking = asyncio.create_task(paid.send("POST", "/message/stream", {"content": "Hello?"}))
    await paid.model.wait_started(30)
    assert (await _wallet(paid)).held > 0
    gone = await paid.client.delete(
        f"{API}/chats/{paid.chat}?forever=true", headers=paid.made.headers
    )
    assert gone.status_code == 204
    await paid.model.wait_disconnect(30)
    await asking
    for _ in range(300):
        wallet = await _wallet(paid)
        if not wallet.held:
            break
        await asyncio.sleep(0.02)
    assert wallet.held == 0
    assert 9_900 < wallet.balance <= 10_000


async def test_estimate_says_what_is_held_and_keeps_nothing(paid: Scene) -> None:
    told = (await paid.send("POST", "/estimate", {"content": "Hello"})).json()
    assert (told["model"], told["charged"], told["most_tokens"]) == ("fake-large", True, 2250)
    assert told["cost"] == {"micro": told["input_tokens"] + 4500, "currency": "RUB"}
    assert told["lacks"] == 0
    assert await paid.turns() == []
    assert not paid.model.requests
    paid.model.then(Say("Never heard", hang=True))
    asking = asyncio.create_task(paid.ask("Hello"))
    await paid.model.wait_started(30)
    assert (await _wallet(paid)).held == told["cost"]["micro"]
    await paid.send("POST", "/stop")
    await asking
    paid.model.default = Say("x", usage=(1, 3000))
    await paid.ask("Hello")
    await paid.ask("More")
    again = (await paid.send("POST", "/estimate", {"content": "Again"})).json()
    left = (await _wallet(paid)).available
    assert again["lacks"] == again["cost"]["micro"] - left > 0


async def test_estimate_of_a_model_without_a_price_is_honest(paid: Scene) -> None:
    told = (await paid.send("POST", "/estimate", {"content": "Hi", "model": "fake-other"})).json()
    assert (told["cost"], told["charged"]) == (None, True)
    unknown = await paid.send("POST", "/estimate", {"content": "Hi", "model": "nobody"})
    assert unknown.status_code == 422
