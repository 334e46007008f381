"""Summaries: made once messages had no room, read in their place, changed by their reader, and paid for."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Currency
from tests.factories import make_workspace
from tests.fakes.jobs import settled
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import Scene, open_chat

LONG = "many words about nothing " * 28
HOSTS = """
[[models]]
id = "fake-small"
provider = "openai"
context = 400
currency = "RUB"
input = 1_000_000
output = 1_000_000

[[models]]
id = "fake-large"
provider = "openai"
context = 20000
currency = "RUB"
input = 1_000_000
output = 1_000_000
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The host says how much models can take, and what they cost."""
    settings.models_file = tmp_path / "models.toml"
    settings.models_file.write_text(HOSTS)
    return settings


async def _overflow(scene: Scene, *answers: Say | Fail) -> dict[str, object]:
    """Let a chat become too long for its small model; return the answer that had not all of it."""
    # Without counts of tokens the estimates of the next answers stay as they are.
    scene.model.default = Say(usage=None)
    scene.model.then(*(Say(words, usage=None) for words in ("A1", "A2", "A3")), *answers)
    await scene.ask(LONG)
    await scene.ask(LONG)
    said: dict[str, object] = (await scene.ask("short", model="fake-small")).json()["message"]
    await settled(scene.runtime)
    return said


async def _summaries(scene: Scene) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await scene.send("GET", "/summaries")).json()
    return found


async def test_what_had_no_room_is_summed_up_and_read_in_its_place(scene: Scene) -> None:
    said = await _overflow(scene, Say("They spoke of nothing.", usage=None))
    assert (said["trimmed"], said["summed_up"]) == (2, 0)
    (summary,) = await _summaries(scene)
    assert (summary["body"], summary["until_seq"], summary["model"], summary["edited"]) == (
        "They spoke of nothing.", 4, "fake-small", False,
    )  # fmt: skip
    after = (await scene.ask("And now?", model="fake-small")).json()["message"]
    assert (after["trimmed"], after["summed_up"]) == (0, 4)
    (first, *others) = scene.heard()
    assert first[0] == "system"
    assert first[1].endswith("They spoke of nothing.")
    assert others == [("user", "short"), ("assistant", "A3"), ("user", "And now?")]
    page = await read(scene.client, scene.made.owner, f"/dashboard/chat/{scene.chat}")
    assert "They spoke of nothing." in page
    assert "In a summary: 4" in page
    # A model with room for all of it reads all of it.
    await scene.ask("Wide?", model="fake-large")
    assert scene.heard()[0] == ("user", LONG.strip())


async def test_summary_is_changed_emptied_and_made_anew(scene: Scene) -> None:
    await _overflow(scene, Say("Wrong.", usage=None))
    headers = {**scene.made.headers, "Accept": "text/html"}
    path = f"/dashboard/chat/{scene.chat}/summaries/4"
    await scene.client.post(path, data={"body": "Right."}, headers=headers)
    (summary,) = await _summaries(scene)
    assert (summary["body"], summary["edited"]) == ("Right.", True)
    await scene.ask("Now?", model="fake-small")
    assert scene.heard()[0][1].endswith("Right.")
    await scene.send("PUT", "/summaries/4", {"body": ""})
    said = (await scene.ask("Now?", model="fake-small")).json()["message"]
    assert (said["trimmed"] > 0, said["summed_up"]) == (True, 0)
    await settled(scene.runtime)
    scene.model.then(Say("Better.", usage=None))
    again = await scene.send("POST", "/summaries/4/regenerate")
    assert again.status_code == 202, again.text
    await settled(scene.runtime)
    summary = (await _summaries(scene))[0]
    assert (summary["body"], summary["edited"]) == ("Better.", False)
    assert (await scene.send("PUT", "/summaries/2", {"body": "x"})).status_code == 404


async def test_branch_without_what_was_summed_up_does_not_hear_of_it(scene: Scene) -> None:
    await _overflow(scene, Say("They spoke of nothing."))
    await scene.ask("Another beginning", edits=1)
    assert scene.heard() == [("user", "Another beginning")]


async def test_failure_leaves_trimming_as_it_was(scene: Scene) -> None:
    await _overflow(scene, Fail(400, {"error": {"message": "no"}}))
    (summary,) = await _summaries(scene)
    assert (summary["body"], summary["failure"]) == ("", "llm_bad_request")
    said = (await scene.ask(LONG, model="fake-small")).json()["message"]
    assert (said["trimmed"] > 0, said["summed_up"]) == (True, 0)


async def test_summary_is_paid_like_an_answer(
    runtime: Runtime, fake: FakeLlm, scene: Scene
) -> None:
    settings = runtime.settings
    settings.billing, settings.openai_base_url = True, fake.base_url
    settings.openai_api_key, settings.openai_model = SecretStr("key"), "fake-large"
    paid = await open_chat(scene.client, runtime, await make_workspace(runtime), fake)
    try:
        async with runtime.db.fast.transaction(paid.made.id) as conn:
            given = ledger.Received(amount=1_000_000, currency=Currency.RUB, key="d-1")
            await ledger.deposit(conn, given)
        paid.model.default = Say("x", usage=(10, 5))
        answers = [Say(words, usage=(10, 5)) for words in ("A1", "A2", "A3")]
        paid.model.then(*answers)
        for words, model in ((LONG, ""), (LONG, ""), ("short", "fake-small")):
            await paid.ask(words, model=model)
        await settled(runtime)
        (summary,) = await _summaries(paid)
        assert summary["cost"] == {"micro": 15, "currency": "RUB"}
        async with runtime.db.fast.transaction(paid.made.id) as conn:
            wallet = await ledger.balance(conn)
        assert (wallet.balance, wallet.held) == (1_000_000 - 4 * 15, 0)
    finally:
        settings.openai_api_key = SecretStr("")
