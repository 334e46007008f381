"""`/assistants` and `/ai-chat`: settings, test questions, and why an answer is as it is."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.products.widget import service as widgets
from tests.factories import make_person, make_workspace
from tests.products.assistants.places import make_assistant

API = "/api/v1/assistants"


async def test_new_assistant_has_what_was_given_and_sensible_rest(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    given = {
        "name": " Anna ",
        "tone": "formal",
        "threshold": 0.6,
        "language": "en",
        "handoff_keywords": ["refund"],
    }
    made = await client.post(API, headers=place.headers, json=given)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["name"], body["tone"], body["length"]) == ("Anna", "formal", "medium")
    assert body["threshold"] == pytest.approx(0.6)
    assert body["handoff_keywords"] == ["refund"]
    assert body["greeting"].keys() == {"ru", "en"}
    assert body["instructions"].startswith("You are")
    assert body["prompt_number"] == 1
    listed = (await client.get(API, headers=place.headers)).json()
    assert listed == [body]
    assert (await client.get(f"{API}/{body['id']}", headers=place.headers)).json() == body


async def test_changed_instructions_become_a_version(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    change = {
        "instructions": "Be brief.",
        "temperature": 0.3,
        "greeting": {"ru": "Привет", "en": "Hi"},
    }
    changed = await client.patch(f"{API}/{who.id}", headers=place.headers, json=change)
    assert changed.status_code == 200, changed.text
    assert changed.json()["prompt_number"] == 2
    assert changed.json()["greeting"] == {"ru": "Привет", "en": "Hi"}
    assert changed.json()["temperature"] == pytest.approx(0.3)
    cleared = await client.patch(
        f"{API}/{who.id}", headers=place.headers, json={"temperature": None}
    )
    assert cleared.json()["temperature"] is None
    assert cleared.json()["prompt_number"] == 3
    prompts = (await client.get(f"{API}/{who.id}/prompts", headers=place.headers)).json()
    assert [each["number"] for each in prompts] == [3, 2, 1]
    assert prompts[1]["settings"]["temperature"] == pytest.approx(0.3)
    assert prompts[0]["instructions"] == "Be brief."
    assert prompts[0]["author"] == place.owner.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 1.2},
        {"temperature": 3},
        {"name": "  "},
        {"tone": "rude"},
        {"greeting": {"ru": "Привет"}},
        {"unknown": 1},
    ],
)
async def test_wrong_setting_is_refused_in_the_callers_language(
    client: httpx.AsyncClient, runtime: Runtime, wrong: dict[str, object]
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    refused = await client.patch(
        f"{API}/{who.id}", headers={**place.headers, "Accept-Language": "ru"}, json=wrong
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].split(".")[0] == next(iter(wrong))


async def test_test_question_shows_answer_and_what_was_found(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    asked = await client.post(
        f"{API}/{who.id}/ask", headers=place.headers, json={"question": "Сколько стоит доставка?"}
    )
    assert asked.status_code == 200, asked.text
    body = asked.json()
    assert body["mode"] == "extractive"
    assert body["locale"] == "ru"
    assert body["confidence"] >= body["threshold"]
    assert "350 рублей" in body["answer"]
    assert "<blockquote>" in body["html"]
    (citation,) = body["citations"]
    assert (citation["n"], citation["title"]) == (1, "Доставка")
    best = body["passages"][0]
    assert (best["chunk_id"], best["cited"]) == (citation["chunk_id"], 1)
    assert best["quote"] in best["text"]
    assert body["call"] is None
    alias = await client.post(
        "/api/v1/ai-chat", headers=place.headers,
        json={"assistant_id": str(who.id), "message": "Сколько стоит доставка?"},
    )  # fmt: skip
    assert alias.json() == body


async def test_unknown_question_is_answered_honestly(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    asked = await client.post(
        f"{API}/{who.id}/ask", headers=place.headers, json={"question": "Who won the World Cup?"}
    )
    assert asked.json()["mode"] == "unknown"
    assert asked.json()["citations"] == []


async def test_given_answer_is_explained(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    async with runtime.db.orm.session(place.id) as session:
        widget = await widgets.ensure_widget(session, place.id, who.id, name=who.name)
    run = await asked_in_widget(client, widget.public_key, "Сколько стоит доставка?")
    explained = await client.get(f"{API}/runs/{run}", headers=place.headers)
    assert explained.status_code == 200, explained.text
    body = explained.json()
    assert (body["state"], body["mode"], body["prompt_number"]) == ("done", "extractive", 1)
    assert body["passages"][0]["title"] == "Доставка"
    assert body["call"] is None
    other = await make_workspace(runtime)
    assert (await client.get(f"{API}/runs/{run}", headers=other.headers)).status_code == 404


async def asked_in_widget(client: httpx.AsyncClient, key: str, question: str) -> str:
    """Ask as a visitor and return the run of the answer."""
    base = f"/api/v1/widget/{key}"
    session = (await client.post(f"{base}/session", json={})).json()
    headers = {"Authorization": f"Bearer {session['visitor']}"}
    await client.post(f"{base}/messages", headers=headers, json={"key": "1", "body": question})
    for _ in range(200):
        found = (await client.get(f"{base}/messages", headers=headers)).json()
        if len(found) > 1:
            return str(found[1]["meta"]["run"])
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_operator_reads_and_asks_but_changes_nothing(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    member = await make_person(runtime, place, role=Role.MEMBER)
    assert (await client.get(API, headers=operator.headers)).status_code == 200
    asked = await client.post(
        f"{API}/{who.id}/ask", headers=operator.headers, json={"question": "?"}
    )
    assert asked.status_code == 200
    for role in (operator, member):
        made = await client.post(API, headers=role.headers, json={"name": "X"})
        changed = await client.patch(f"{API}/{who.id}", headers=role.headers, json={"name": "X"})
        assert (made.status_code, changed.status_code) == (403, 403)
    assert (await client.get(API, headers=member.headers)).status_code == 403
    assert (await client.get(API)).status_code == 401


async def test_other_companys_assistant_is_not_there(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place, other = await make_workspace(runtime), await make_workspace(runtime)
    who = await make_assistant(runtime, other)
    asked = {"question": "Сколько стоит доставка?"}
    answers = [
        await client.get(f"{API}/{who.id}", headers=place.headers),
        await client.patch(f"{API}/{who.id}", headers=place.headers, json={"name": "X"}),
        await client.get(f"{API}/{who.id}/prompts", headers=place.headers),
        await client.post(f"{API}/{who.id}/ask", headers=place.headers, json=asked),
        await client.get(f"{API}/{uuid4()}", headers=place.headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert (await client.get(API, headers=place.headers)).json() == []
