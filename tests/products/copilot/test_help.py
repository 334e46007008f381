"""Suggestions, rewording, translation and summaries through the API, with a model and without."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import RateLimiter
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import HandoffReason
from besedka.kernel.conversations import service as conversations
from besedka.products.copilot import service
from tests.fakes.jobs import eventually, settled
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.copilot.scenes import (
    NOTE,
    QUESTION,
    Scene,
    cited,
    connect,
    events_of,
    open_scene,
    told,
)
from tests.web.conftest import address

__all__ = ["address"]


@pytest.fixture
async def scene(runtime: Runtime) -> Scene:
    return await open_scene(runtime)


@pytest.fixture
async def model(scene: Scene) -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as fake:
        await connect(scene.runtime, scene.place, fake)
        yield fake


async def test_suggestion_is_written_from_the_documents_and_names_them(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    model.respond = cited
    answered = await client.post(f"{scene.path}/suggestion", headers=scene.place.headers, json={})
    found = answered.json()
    assert (found["text"], found["mode"]) == ("Доставка стоит 350 рублей.", "model")
    assert [each["title"] for each in found["sources"]] == ["Доставка"]
    assert QUESTION in told(model.requests[0].body)
    assert NOTE not in told(model.requests[0].body)
    assert await scene.purposes() == [("suggestion", "done")]


async def test_suggestion_streams_and_nothing_is_sent(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    model.respond = cited
    streamed = await client.post(
        f"{scene.path}/suggestion", headers=scene.place.headers, json={"stream": True}
    )
    *pieces, last = events_of(streamed)
    assert len(pieces) > 4
    assert "".join(str(each["text"]) for each in pieces).strip() == "Доставка стоит 350 рублей."
    assert isinstance(last["done"], dict)
    assert last["done"]["text"] == "Доставка стоит 350 рублей."
    async with scene.runtime.db.fast.acquire(scene.place.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM message") == 2


async def test_without_a_model_the_best_passage_is_quoted_and_the_rest_is_refused(
    client: httpx.AsyncClient, scene: Scene
) -> None:
    headers = scene.place.headers
    assert (await client.get("/api/v1/copilot", headers=headers)).json() == {"model": False}
    quoted = (await client.post(f"{scene.path}/suggestion", headers=headers, json={})).json()
    assert quoted["mode"] == "quoted"
    assert "350 рублей" in quoted["text"]
    await scene.lend("Подарочная упаковка стоит 90 рублей.")
    await scene.say("Сколько стоит подарочная упаковка?")
    lent = (await client.post(f"{scene.path}/suggestion", headers=headers, json={})).json()
    assert "90 рублей" in lent["text"]
    await scene.say("Какого цвета ваш директор?")
    unknown = (await client.post(f"{scene.path}/suggestion", headers=headers, json={})).json()
    assert (unknown["mode"], unknown["text"], unknown["sources"]) == ("unknown", "", [])
    for path, body in (
        ("summary", None),
        ("rewrite", {"text": "Ну", "how": "formal"}),
        ("translate", {"text": "Hello", "to": "mine"}),
    ):
        refused = await client.post(f"{scene.path}/{path}", headers=headers, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "no_provider")


@pytest.mark.parametrize(
    ("how", "said"),
    [("shorter", "much shorter"), ("friendlier", "warmer"), ("formal", "courteous"), ("fix", "spelling")],
)  # fmt: skip
async def test_draft_is_said_in_other_words(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm, how: str, said: str
) -> None:
    model.default = Say("  Иначе.\x00  ")
    body = {"text": "Не знаю я", "how": how}
    found = await client.post(f"{scene.path}/rewrite", headers=scene.place.headers, json=body)
    assert (found.status_code, found.json()["text"]) == (200, "Иначе.")
    assert said in told(model.requests[0].body)
    assert "Не знаю я" in told(model.requests[0].body)
    assert await scene.purposes() == [("rewrite", "done")]


async def test_message_is_translated_into_my_language_and_a_draft_into_the_visitors(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    headers = {**scene.place.headers, "Accept-Language": "en"}
    model.default = Say("How much is delivery?")
    body = {"text": QUESTION, "to": "mine"}
    mine = await client.post(f"{scene.path}/translate", headers=headers, json=body)
    assert mine.json()["text"] == "How much is delivery?"
    assert "Translate the text into English" in told(model.requests[0].body)
    await client.post(
        f"{scene.path}/translate", headers=headers, json={"text": "350 roubles", "to": "visitor"}
    )
    asked = told(model.requests[1].body)
    assert "the language of the words between <visitor" in asked
    assert QUESTION in asked
    assert NOTE not in asked
    assert await scene.purposes() == [("translate", "done")] * 2


async def test_summary_is_kept_marked_by_newer_messages_and_made_anew_only_then(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    path, headers = f"{scene.path}/summary", {**scene.place.headers, "Accept-Language": "ru"}
    assert (await client.get(path, headers=headers)).status_code == 404
    model.default = Say("– Спрашивает о доставке.")
    made = (await client.post(path, headers=headers)).json()
    again = (await client.post(path, headers=headers)).json()
    assert made == again
    assert (made["body"], made["newer"]) == ("– Спрашивает о доставке.", False)
    assert len(model.requests) == 1
    await scene.say("Ещё одна заметка", visitor=False, note=True)
    assert (await client.get(path, headers=headers)).json()["newer"] is False
    await scene.say("А в субботу?")
    assert (await client.get(path, headers=headers)).json()["newer"] is True
    model.default = Say("– И о субботе.")
    assert (await client.post(path, headers=headers)).json()["body"] == "– И о субботе."
    assert NOTE not in told(model.requests[0].body)
    assert await scene.purposes() == [("summary", "done")] * 2


async def test_summary_goes_with_the_words_that_it_told_of(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    path, headers = f"{scene.path}/summary", scene.place.headers
    said = await scene.say("Мой номер 5555")
    await client.post(path, headers=headers)
    deleted = await client.delete(f"/api/v1/messages/{said.id}", headers=headers)
    assert deleted.status_code in {200, 204}
    assert (await client.get(path, headers=headers)).status_code == 404
    await client.post(path, headers=headers)
    erased = await client.delete(f"/api/v1/contacts/{scene.contact}", headers=headers)
    assert erased.status_code == 204
    async with scene.runtime.db.fast.acquire(scene.place.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM copilot_summary") == 0


async def test_dialog_that_is_handed_over_is_summed_up_for_the_operator(
    scene: Scene, model: FakeLlm
) -> None:
    async with scene.runtime.db.fast.transaction(scene.place.id) as conn:
        await answers.hand_back(scene.runtime, conn, scene.dialog)
    model.default = Say("– Хочет человека.")
    await answers.hand_off(
        scene.runtime, scene.place.id, scene.dialog, reason=HandoffReason.ASKED,
        speaker=scene.place.owner.actor_id, locale="ru",
    )  # fmt: skip
    await settled(scene.runtime)
    async with scene.runtime.db.fast.acquire(scene.place.id) as conn:
        found = await service.find_summary(conn, scene.dialog)
    assert found is not None
    assert (found.body, found.locale, found.newer) == ("– Хочет человека.", "ru", False)


async def test_failing_model_is_told_and_leaves_the_summary_that_there_is(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    path, headers = f"{scene.path}/summary", scene.place.headers
    model.default = Say("– Доставка.")
    await client.post(path, headers=headers)
    await scene.say("А в субботу?")
    model.default = Fail(401)
    failed = await client.post(path, headers=headers)
    assert (failed.status_code, failed.json()["code"]) == (502, "llm_auth")
    assert (await client.get(path, headers=headers)).json()["body"] == "– Доставка."
    body = {"text": "Ну", "how": "fix", "stream": True}
    streamed = await client.post(f"{scene.path}/rewrite", headers=headers, json=body)
    assert events_of(streamed)[-1]["error"] == {
        "code": "llm_auth", "status": 502,
        "detail": failed.json()["detail"],
    }  # fmt: skip
    assert await scene.purposes() == [
        ("summary", "done"),
        ("summary", "failed"),
        ("rewrite", "failed"),
    ]


async def test_operator_who_leaves_stops_the_model(
    scene: Scene, model: FakeLlm, address: str
) -> None:
    model.default = Say("слово " * 400, pause=0.05)
    body = {"text": "Ну", "how": "fix", "stream": True}
    async with (
        httpx.AsyncClient(base_url=address) as client,
        client.stream(
            "POST", f"{scene.path}/rewrite", headers=scene.place.headers, json=body
        ) as got,
    ):
        async for line in got.aiter_lines():
            if "слов" in line:
                break
    await model.wait_disconnect(10)

    async def cancelled() -> bool | None:
        return True if await scene.purposes() == [("rewrite", "cancelled")] else None

    assert await eventually(cancelled)


async def test_help_is_limited_and_needs_a_dialog(
    client: httpx.AsyncClient, scene: Scene, model: FakeLlm
) -> None:
    async with scene.runtime.db.fast.transaction(scene.place.id) as conn:
        contact = await conversations.create_contact(conn, name="Новый")
        silent = await conversations.create_dialog(scene.runtime, conn, contact=contact.id)
    path = f"/api/v1/copilot/dialogs/{silent.id}"
    headers = scene.place.headers
    for what in ("summary", "suggestion"):
        empty = await client.post(f"{path}/{what}", headers=headers, json={})
        assert (empty.status_code, empty.json()["code"]) == (409, "nothing_said")
    scene.runtime.limiter = RateLimiter(enabled=True)
    body = {"text": "Ну", "how": "fix"}
    answers_ = await asyncio.gather(
        *(client.post(f"{scene.path}/rewrite", headers=headers, json=body) for _ in range(31))
    )
    assert sorted(each.status_code for each in answers_) == [200] * 30 + [429]
