"""Branches: a question that is asked in other words, an answer that is made again, and the way back to what was."""

from tests.fakes.llm import Say
from tests.products.chat.scenes import API, Scene


async def test_edited_question_makes_a_branch_and_the_old_one_can_be_shown_again(
    scene: Scene,
) -> None:
    scene.model.then(Say("A1"), Say("A2"), Say("B1"))
    await scene.ask("one")
    await scene.ask("two")
    edited = (await scene.ask("two, better", edits=3)).json()
    assert scene.heard() == [("user", "one"), ("assistant", "A1"), ("user", "two, better")]
    assert await scene.said() == ["one", "A1", "two, better", "B1"]
    turns = await scene.turns()
    assert (turns[2]["siblings"], turns[3]["siblings"]) == ([3, 5], [6])
    back = await scene.send("PUT", "/branch", {"seq": 3})
    assert [turn["content"] for turn in back.json()] == ["one", "A1", "two", "A2"]
    scene.model.then(Say("A3"))
    await scene.ask("three")
    assert await scene.said() == ["one", "A1", "two", "A2", "three", "A3"]
    assert edited["question_seq"] == 5
    assert (await scene.ask("no", edits=2)).json()["code"] == "turn_not_found"
    assert (await scene.send("PUT", "/branch", {"seq": 99})).status_code == 404


async def test_what_is_posted_without_asking_stands_on_the_branch_and_is_read(scene: Scene) -> None:
    await scene.ask("one")
    messages = f"{API}/chats/{scene.chat}/messages"
    for words in ("by the way", "and this"):
        await scene.client.post(messages, json={"body": words}, headers=scene.made.headers)
    scene.model.then(Say("A2"))
    await scene.ask("two")
    assert scene.heard()[2:] == [("user", "by the way"), ("user", "and this"), ("user", "two")]
    assert (await scene.said())[2:] == ["by the way", "and this", "two", "A2"]


async def test_answer_made_again_stands_beside_the_first_and_is_rated(scene: Scene) -> None:
    scene.model.then(Say("first"), Say("second"))
    await scene.ask("ask")
    again = await scene.send("POST", "/messages/2/regenerate", {"model": "fake-small"})
    assert (again.json()["message"]["content"], again.json()["message"]["model"]) == (
        "second", "fake-small",
    )  # fmt: skip
    assert scene.heard() == [("user", "ask")]
    assert (await scene.turns())[1]["siblings"] == [2, 3]
    rated = await scene.send("PUT", "/messages/3/rating", {"rating": "good"})
    assert rated.status_code == 204
    assert [turn["rating"] for turn in await scene.turns()] == [None, "good"]
    assert (await scene.send("PUT", "/messages/1/rating", {"rating": "bad"})).status_code == 404
