"""One question, several models side by side: what each says, which is gone on with, and how they are stopped."""

import asyncio
from typing import Any

import httpx

from tests.fakes.llm import Say
from tests.fakes.scripts import Json, Script
from tests.products.account.test_records import read
from tests.products.chat.scenes import Scene, events_of

PAGE = "/dashboard/chat"
BOTH = ["fake-large", "fake-small"]


def by_model(body: Json) -> Script:
    """Say which model it is; the small one takes its time."""
    if body["model"] == "fake-small":
        return Say("I am small.", first_pause=0.15, usage=(5, 3))
    return Say("I am large.", usage=(5, 4))


async def ended(scene: Scene, seq: int) -> list[dict[str, Any]]:
    await scene.until_idle()
    found: list[dict[str, Any]] = (await scene.send("GET", f"/compare/{seq}")).json()["answers"]
    return found


async def test_models_answer_side_by_side_and_one_is_gone_on_with(scene: Scene) -> None:
    scene.model.respond = by_model
    begun = await scene.send("POST", "/compare", {"content": "Who?", "models": BOTH})
    assert begun.status_code == 202
    runs = [each["run"] for each in begun.json()["answers"]]
    read_along = await scene.send("GET", f"/stream?run={runs[1]}")
    assert events_of(read_along.text)[-1][1] == "done"
    assert "I am small." in read_along.text
    found = await ended(scene, begun.json()["question_seq"])
    large, small = [each["message"] for each in found]
    assert (large["content"], small["content"]) == ("I am large.", "I am small.")
    assert [each["usage"]["output"] for each in (large, small)] == [4, 3]
    assert small["seconds"] >= 0.1
    assert large["siblings"] == sorted([large["seq"], small["seq"]])
    # The first that was there is shown, until another one is chosen.
    first = large if (await scene.said())[1] == "I am large." else small
    other = small if first is large else large
    assert first["seq"] < other["seq"]
    await scene.send("PUT", "/branch", {"seq": other["seq"]})
    await scene.ask("And?")
    assert scene.heard() == [("user", "Who?"), ("assistant", other["content"]), ("user", "And?")]


async def test_one_answer_is_stopped_and_the_others_go_on(scene: Scene) -> None:
    scene.model.respond = lambda body: (
        Say("Slowly. " * 400, pause=0.05) if body["model"] == "fake-small" else Say("Done.")
    )
    begun = (await scene.send("POST", "/compare", {"content": "Who?", "models": BOTH})).json()
    busy = await scene.ask("And you?")
    assert busy.json()["code"] == "chat_busy"
    stopped = begun["answers"][1]["run"]
    assert (await scene.send("POST", f"/stop?run={stopped}")).status_code == 204
    found = await ended(scene, begun["question_seq"])
    assert [each["state"] for each in found] == ["done", "stopped"]


async def test_comparison_needs_different_models_and_asks_nothing_else(scene: Scene) -> None:
    refused: list[httpx.Response] = await asyncio.gather(
        *(
            scene.send("POST", "/compare", {"content": "Who?", "models": models})
            for models in (["fake-large"] * 2, ["fake-large"], ["fake-large", "unknown"])
        )
    )
    assert [each.status_code for each in refused] == [422, 422, 422]
    assert refused[2].json()["code"] == "model_not_usable"
    assert await scene.turns() == []


async def test_comparison_that_is_refused_keeps_what_was_typed(scene: Scene) -> None:
    headers = {**scene.made.headers, "Accept": "text/html"}
    form = {"content": "Who is it?", "models": ["fake-small", "fake-small"]}
    for path in (f"{PAGE}/compare", f"{PAGE}/{scene.chat}/compare"):
        refused = await scene.client.post(path, data=form, headers=headers)
        assert refused.status_code == 422
        assert "Choose two to four different models." in refused.text
        assert "Who is it?</textarea>" in refused.text
        assert refused.text.count('value="fake-small" selected') == 2


async def test_person_without_a_script_compares_and_chooses(scene: Scene) -> None:
    scene.model.respond = by_model
    headers = {**scene.made.headers, "Accept": "text/html"}
    form = {"content": "Who?", "models": [*BOTH, ""]}
    begun = await scene.client.post(f"{PAGE}/compare", data=form, headers=headers)
    path = f"{PAGE}/{begun.headers['location'].partition(PAGE)[2].lstrip('/')}"
    assert "Stop all" in await read(scene.client, scene.made.owner, path)
    await scene.until_idle()
    page = await read(scene.client, scene.made.owner, path)
    assert "I am large." in page
    assert "I am small." in page
    chosen = await scene.client.post(f"{path}/choose", data={"answer": "3"}, headers=headers)
    chat = await read(scene.client, scene.made.owner, chosen.headers["location"])
    assert ("I am small." in chat) != ("I am large." in chat)
    assert "2/2" in chat
    # The next question goes to the model that was chosen.
    going_on = "fake-small" if "I am small." in chat else "fake-large"
    assert f'model="{going_on}"' in chat
