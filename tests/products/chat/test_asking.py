"""Asking a model: whole and as a stream, by which model, stopped, and through failures of provider and server."""

import asyncio
from uuid import UUID

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import LONGEST_BODY, ConversationId
from besedka.products.chat import service
from besedka.products.chat.repository import RunRepository
from tests.factories import make_person, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.account.test_records import read
from tests.products.chat.scenes import Scene, events_of, open_chat


async def test_question_is_answered_and_kept_and_names_the_chat(scene: Scene) -> None:
    scene.model.then(Say("Take the train.", usage=(12, 6)), Say("Two hours."))
    answer = await scene.ask("How do I get to Kazan?")
    assert answer.status_code == 200, answer.text
    said = answer.json()["message"]
    assert (said["content"], said["model"], said["finish"]) == (
        "Take the train.", "fake-large", "stop",
    )  # fmt: skip
    assert said["usage"] == {"input": 12, "output": 6, "cached_input": 0, "estimated": False}
    await scene.ask("How long?")
    assert scene.heard() == [
        ("user", "How do I get to Kazan?"), ("assistant", "Take the train."), ("user", "How long?"),
    ]  # fmt: skip
    assert await scene.said() == [
        "How do I get to Kazan?", "Take the train.", "How long?", "Two hours.",
    ]  # fmt: skip
    chat = await scene.client.get(f"/api/v1/chats/{scene.chat}", headers=scene.made.headers)
    assert chat.json()["title"] == "How do I get to Kazan?"


async def test_without_a_provider_nothing_is_stored(
    client: httpx.AsyncClient, runtime: Runtime, fake: FakeLlm
) -> None:
    scene = await open_chat(client, runtime, await make_workspace(runtime), fake)
    answer = await scene.ask("Hello")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_provider")
    assert await scene.turns() == []


async def test_model_is_the_messages_else_the_chats_and_only_an_offered_one(scene: Scene) -> None:
    changed = {"model": "fake-small", "instructions": "Be brief."}
    assert (await scene.send("PATCH", "", changed)).json() == changed
    await scene.ask("One")
    assert scene.heard()[0] == ("system", "Be brief.")
    await scene.ask("Two", model="fake-large")
    assert [seen.body["model"] for seen in scene.model.requests] == ["fake-small", "fake-large"]
    refused = await scene.ask("Three", model="gpt-unknown")
    assert (refused.status_code, refused.json()["code"]) == (422, "model_not_usable")


async def test_stream_gives_words_with_ids_and_goes_on_after_the_last_one(scene: Scene) -> None:
    scene.model.then(Say("One two three.", piece=4))
    body = {"content": "Count", "key": "k-1"}
    whole = events_of((await scene.send("POST", "/message/stream", body)).text)
    assert (whole[0][1], whole[-1][1]) == ("start", "done")
    deltas = [each for each in whole if each[1] == "delta"]
    assert "".join(str(each[2]["text"]) for each in deltas) == "One two three."
    half = deltas[0]
    run, attempt, _ = half[0].split(":")
    for method, path, given in (("GET", "/stream", None), ("POST", "/message/stream", body)):
        mark = {"Last-Event-ID": f"{run}:{attempt}:4"}
        again = events_of((await scene.send(method, path, given, **mark)).text)
        assert [each[2]["text"] for each in again if each[1] == "delta"] == ["two three."]
        assert again[-1][2] == whole[-1][2]
    assert len(scene.model.requests) == 1


async def test_answer_is_kept_when_nobody_listens(scene: Scene) -> None:
    scene.model.then(Say("Still here.", first_pause=0.2))
    asking = asyncio.create_task(scene.ask("Are you there?"))
    await scene.model.wait_started(30)
    asking.cancel()
    await scene.until_idle()
    assert await scene.said() == ["Are you there?", "Still here."]


async def test_stopped_answer_keeps_its_words_and_ends_the_call(scene: Scene) -> None:
    scene.model.then(Say("A long story", hang=True))
    asking = asyncio.create_task(scene.ask("Tell me"))
    await scene.model.wait_started(30)
    busy = await scene.ask("And?")
    assert (busy.status_code, busy.json()["code"]) == (409, "chat_busy")
    follow = await scene.client.get(f"{scene.path}/messages", headers=scene.made.headers)
    assert follow.status_code == 200
    assert (await scene.send("POST", "/stop")).status_code == 204
    answer = (await asking).json()
    await scene.model.wait_disconnect(30)
    assert answer["state"] == "stopped"
    if answer["message"] is not None:
        assert "A long story".startswith(answer["message"]["content"])
    await scene.until_idle()


async def test_provider_that_refuses_is_told_of_and_the_question_can_be_asked_again(
    scene: Scene,
) -> None:
    scene.model.then(Fail(429, headers={"Retry-After": "59.2"}))
    refused = await scene.ask("Hello")
    assert (refused.status_code, refused.json()["code"]) == (503, "llm_rate_limit")
    assert refused.headers["Retry-After"] == "60"
    page = await read(scene.client, scene.made.owner, f"/dashboard/chat/{scene.chat}")
    assert "You can try again in 60 s." in page
    again = await scene.send("POST", "/messages/1/regenerate", {})
    assert again.json()["message"]["content"] == "Hello."
    assert await scene.said() == ["Hello", "Hello."]


async def test_answer_of_ten_thousand_pieces_is_whole_and_one_that_is_too_long_ends_at_the_limit(
    scene: Scene,
) -> None:
    scene.model.then(Say("ж" * 10_000, piece=1), Say("abc" * 7000, piece=300))
    events = events_of((await scene.send("POST", "/message/stream", {"content": "Go on"})).text)
    told = "".join(str(each[2]["text"]) for each in events if each[1] == "delta")
    assert (told, events[-1][1]) == ("ж" * 10_000, "done")
    said = (await scene.ask("And on")).json()["message"]
    assert (len(said["content"]), said["finish"]) == (LONGEST_BODY, "length")


async def test_question_of_five_megabytes_is_refused_and_not_kept(scene: Scene) -> None:
    refused = await scene.ask("x" * 5_000_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert await scene.turns() == []


async def test_answer_that_breaks_off_is_kept_as_far_as_it_came(scene: Scene) -> None:
    scene.model.then(Say("Half of it and more", piece=4, cut_after=3))
    said = (await scene.ask("Go")).json()["message"]
    assert (said["finish"], said["failure"]) == ("cut", "llm_cut_mid_stream")
    assert "Half of it and more".startswith(said["content"])


async def test_killed_attempt_is_made_once_more_and_then_given_up(
    scene: Scene, runtime: Runtime
) -> None:
    scene.model.then(Say("Never heard", hang=True))
    asking = asyncio.create_task(scene.ask("Hello?"))
    await scene.model.wait_started(30)
    async with runtime.db.fast.transaction(scene.made.id) as conn:
        run = await conn.fetchval(
            "UPDATE ai_run SET worker = 'gone', lease_until = now() - interval '1 s' RETURNING id"
        )
    scene.model.default = Say("Here I am.")
    await service.answer(runtime, scene.made.id, run)
    assert (await asking).json()["message"]["content"] == "Here I am."
    assert await scene.said() == ["Hello?", "Here I am."]
    async with runtime.db.fast.transaction(scene.made.id) as conn:
        await conn.execute(
            "UPDATE ai_run SET state = 'working', attempts = 2, lease_until = now() - interval '1 s'"
        )
    await service.answer(runtime, scene.made.id, run)
    async with runtime.db.fast.acquire(scene.made.id) as conn:
        found = await RunRepository(conn).newest(ConversationId(UUID(scene.chat)))
    assert found is not None
    assert (found.state, found.failure) == ("failed", "answer_interrupted")


async def test_others_of_the_workspace_neither_ask_nor_read(scene: Scene, runtime: Runtime) -> None:
    other = await make_person(runtime, scene.made)
    for method, path, body in (
        ("POST", "/message", {"content": "Hi"}), ("GET", "/messages", None), ("GET", "/stream", None),
        ("POST", "/stop", None), ("PATCH", "", {"model": ""}),
    ):  # fmt: skip
        answer = await scene.client.request(
            method, scene.path + path, json=body, headers=other.headers
        )
        assert answer.status_code == 404, path
