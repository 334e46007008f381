"""Assistants in the place of a model, and questions that begin with the name of whoever is to answer."""

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.factories import make_person, make_workspace
from tests.fakes.llm import FakeLlm, Say
from tests.products.account.test_records import read
from tests.products.assistants.places import make_assistant
from tests.products.chat.scenes import API, Scene, open_chat

QUESTION = "Сколько стоит доставка?"


async def test_assistant_answers_from_its_documents_without_a_model(
    client: httpx.AsyncClient, runtime: Runtime, fake: FakeLlm
) -> None:
    made = await make_workspace(runtime)
    who = await make_assistant(runtime, made)
    scene = await open_chat(client, runtime, made, fake)
    listed = await client.get(f"{API}/llm/assistants", headers=made.headers)
    assert listed.json() == [{"id": f"assistant:{who.id}", "name": who.name}]
    await scene.send("PATCH", "", {"model": f"assistant:{who.id}"})
    told = (await scene.send("POST", "/estimate", {"content": QUESTION})).json()
    assert (told["model"], told["cost"], told["charged"]) == (f"assistant:{who.id}", None, False)
    said = (await scene.ask(QUESTION)).json()["message"]
    assert "350 рублей" in said["content"]
    assert (said["model"], said["mode"], said["usage"]) == (who.name, "extractive", None)
    assert [each["title"] for each in said["citations"]] == ["Доставка"]
    page = await read(client, made.owner, f"/dashboard/chat/{scene.chat}")
    assert f"/dashboard/assistants/{who.id}/documents/{said['citations'][0]['source']}" in page


async def test_assistant_is_not_for_who_may_not_ask_it(
    scene: Scene, runtime: Runtime, fake: FakeLlm
) -> None:
    who = await make_assistant(runtime, scene.made)
    member = await make_person(runtime, scene.made, role=Role.MEMBER)
    listed = await scene.client.get(f"{API}/llm/assistants", headers=member.headers)
    assert listed.json() == []
    chat = await scene.client.post(f"{API}/chats", json={"title": ""}, headers=member.headers)
    path = f"{API}/llm/chat/{chat.json()['id']}/message"
    asked = {"content": QUESTION, "model": f"assistant:{who.id}"}
    refused = await scene.client.post(path, json=asked, headers=member.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "model_not_usable")
    # A name that means nothing to them is only a word.
    named = {"content": f"@{who.name} {QUESTION}"}
    answer = await scene.client.post(path, json=named, headers=member.headers)
    assert answer.json()["message"]["model"] == "fake-large"
    assert scene.heard()[-1] == ("user", named["content"])


async def test_turn_is_answered_by_whom_its_question_names(scene: Scene, runtime: Runtime) -> None:
    who = await make_assistant(runtime, scene.made, name="Delivery desk")
    scene.model.then(Say("Hi."), Say("350 рублей."), Say("Small."), Say("Large."))
    await scene.ask("Hello")
    helped = (await scene.ask(f"@delivery desk, {QUESTION}")).json()["message"]
    assert (helped["content"], helped["model"], helped["assistant"]) == (
        "350 рублей.", "Delivery desk", str(who.id),
    )  # fmt: skip
    assert helped["usage"]["input"] > 0
    small = (await scene.ask("@fake-small Are you small?")).json()["message"]
    assert small["model"] == "fake-small"
    assert scene.heard()[-1] == ("user", "Are you small?")
    large = (await scene.ask("@everybody What now?")).json()["message"]
    assert large["model"] == "fake-large"
    assert scene.heard()[-2:] == [("assistant", "Small."), ("user", "@everybody What now?")]
    assert (await scene.said())[4] == "@fake-small Are you small?"
