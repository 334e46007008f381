"""Ready prompts, thresholds on past questions, why an answer is as it is, and its correction."""

from uuid import UUID

import httpx
import pytest

from besedka.core.differences import differences
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers.types import Assistant
from besedka.products.assistants.presets import presets
from besedka.products.assistants.thresholds import suggested
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.products.assistants.places import make_assistant
from tests.products.training.test_training import ask

API = "/api/v1/assistants"
PAGES = "/dashboard/assistants"
HTML = {"Accept": "text/html", "Accept-Language": "ru"}
QUESTION = "Сколько стоит доставка по городу?"


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(runtime: Runtime, place: MadeWorkspace) -> Assistant:
    return await make_assistant(runtime, place)


async def run_of(runtime: Runtime, place: MadeWorkspace) -> UUID:
    async with runtime.db.fast.acquire(place.id) as conn:
        found: UUID = await conn.fetchval(
            "SELECT id FROM reply_run WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1", place.id
        )
    return found


def test_ready_prompts_are_whole_in_both_languages() -> None:
    assert len(presets()) >= 12
    for each in presets().values():
        for worded in each.worded.values():
            assert len(worded.instructions) > 600, each.id
            assert worded.instructions.count("\n- ") >= 6, each.id
            assert worded.keywords
            assert worded.guidelines


async def test_ready_prompt_is_taken_at_creation_and_later(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    given = {"name": "Банк", "preset": "bank", "language": "ru", "tone": "neutral"}
    made = (await client.post(API, headers=place.headers, json=given)).json()
    assert made["instructions"].startswith("Ты — консультант финансовой")
    assert (made["tone"], made["prompt_number"]) == ("neutral", 1)
    assert made["guardrails"]["no_prices"] is True
    path = f"{API}/{made['id']}"
    asked = await client.post(
        f"{path}/ask", headers=place.headers, json={"question": "У меня украли карту!"}
    )
    assert "заблокируйте карту" in asked.json()["answer"]
    later = await client.post(
        f"{path}/preset", headers=place.headers, json={"preset": "shop", "language": "en"}
    )
    assert (later.json()["prompt_number"], later.json()["tone"]) == (2, "friendly")
    unknown = await client.post(f"{path}/preset", headers=place.headers, json={"preset": "x"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "preset_not_found")
    shown = await client.get(
        f"{PAGES}/{made['id']}/presets?language=en", headers={**place.headers, **HTML}
    )
    assert "Law office" in shown.text
    listed = await client.get(f"{API}/presets?language=ru", headers=place.headers)
    assert {"Клиника", "Гостиница"} <= {each["name"] for each in listed.json()}


async def test_settings_page_keeps_rules_drafts_and_history(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant
) -> None:
    page, headers = f"{PAGES}/{who.id}/settings", {**place.headers, **HTML}
    form = {
        "name": "Анна", "greeting_ru": "а", "greeting_en": "b", "instructions": "Отвечай по делу.", "tone": "formal",
        "length": "short", "model": "", "temperature": "", "threshold": "45", "handoff_keywords": "",
        "guideline_when": ["скидка", ""], "guideline_then": ["Скидок нет.", ""],
        "guideline_action": ["say", "advise"], "guideline_words": ["скидка, акция", ""],
        "topics": "политика", "phrases": "", "no_prices": "true",
    }  # fmt: skip
    assert (await client.post(page, headers=headers, data=form)).status_code == 303
    read = (await client.get(f"{API}/{who.id}", headers=place.headers)).json()
    assert read["guidelines"] == [
        {"when": "скидка", "then": "Скидок нет.", "action": "say", "words": ["скидка", "акция"]}
    ]
    wrong = {**form, "guideline_words": ["", ""]}
    refused = await client.post(page, headers=headers, data=wrong)
    assert refused.status_code == 422
    assert "В каждом правиле нужно" in refused.text
    kept = await client.post(
        page, headers=headers, data={**form, "instructions": "Отвечай шёпотом.", "keep": "draft"}
    )
    assert kept.headers["location"].endswith(f"{who.id}/tests")
    shown = (await client.get(page, headers=headers)).text
    assert "Есть неопубликованный черновик" in shown
    assert "<ins>шёпотом.</ins>" in shown
    assert (await client.post(f"{page}/draft/publish", headers=headers)).status_code == 303
    versions = (await client.get(f"{API}/{who.id}/prompts", headers=place.headers)).json()
    assert [each["number"] for each in versions] == [3, 2, 1]
    assert versions[0]["settings"]["guardrails"]["topics"] == ["политика"]
    restore = f"{page}/versions/{versions[-1]['id']}/restore"
    assert (await client.post(restore, headers=headers)).status_code == 303
    read = (await client.get(f"{API}/{who.id}", headers=place.headers)).json()
    assert (read["instructions"], read["guidelines"]) == (who.instructions, [])


async def test_threshold_shows_what_it_would_answer_and_is_set(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    await ask(runtime, place, who, QUESTION, "Можно ли ночевать в палатке у озера?")
    page, headers = f"{PAGES}/{who.id}/threshold", {**place.headers, **HTML}
    assert "ответит: 1, не ответит: 1" in (await client.get(page, headers=headers)).text
    part = await client.get(f"{page}?value=0", headers={**headers, "HX-Request": "true"})
    assert "ответит: 2, не ответит: 0" in part.text
    assert "<html" not in part.text
    assert (await client.post(page, headers=headers, data={"value": "30"})).status_code == 303
    weighed = (await client.get(f"{API}/{who.id}/threshold", headers=place.headers)).json()
    assert weighed["threshold"] == pytest.approx(0.3)
    assert len(weighed["questions"]) == 2


def test_suggestion_stands_between_the_two_groups() -> None:
    low, high = [0.05, 0.1, 0.15, 0.2, 0.22, 0.3], [0.62, 0.7, 0.8, 0.9, 1.0]
    best = suggested([*low, *high])
    assert best is not None
    assert 0.3 < best < 0.62
    assert suggested(low) is None
    assert suggested([0.5] * 20) is None


async def test_answer_is_explained_and_its_correction_wins(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    await ask(runtime, place, who, QUESTION)
    run = await run_of(runtime, place)
    page, headers = f"{PAGES}/runs/{run}", {**place.headers, **HTML}
    shown = (await client.get(page, headers=headers)).text
    for words in (QUESTION, "Цитата из документов", "Версия 1", "порог", "Без модели", "Оценка"):
        assert words in shown
    assert '<div class="prose">' in shown
    assert "<blockquote>" in shown  # the answer itself stands above its reasons
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    reader = await client.get(page, headers={**operator.headers, **HTML})
    assert "Исправить ответ может владелец" in reader.text
    path = f"{API}/runs/{run}/correction"
    assert (
        await client.post(path, headers=operator.headers, json={"answer": "x"})
    ).status_code == 403
    for answer in ("Доставка 500 рублей с понедельника.", "Доставка 450 рублей с понедельника."):
        done = await client.post(f"{page}/correction", headers=headers, data={"answer": answer})
        assert done.status_code == 303
    again = await client.post(
        f"{API}/{who.id}/ask", headers=place.headers, json={"question": QUESTION}
    )
    assert "450 рублей" in again.json()["answer"]
    assert "500 рублей" not in str(
        again.json()["passages"]
    )  # the second took the first one's place
    assert again.json()["confidence"] == pytest.approx(1.0)
    assert "уже исправлен" in (await client.get(page, headers=headers)).text
    empty = await client.post(f"{page}/correction", headers=headers, data={"answer": " "})
    assert empty.status_code == 422
    missing = await client.post(
        f"{API}/runs/{new_id()}/correction", headers=place.headers, json={"answer": "x"}
    )
    assert missing.status_code == 404


def test_differences_are_told_word_by_word() -> None:
    parts = differences("Отвечай коротко и ясно.", "Отвечай подробно и ясно.")
    assert [(part.kind, part.text) for part in parts if part.kind != "same"] == [
        ("removed", "коротко"),
        ("added", "подробно"),
    ]
    assert (
        "".join(part.text for part in parts if part.kind != "removed") == "Отвечай подробно и ясно."
    )
    other = differences("Доставка стоит 350 рублей.", "Об этом я не говорю.")
    assert [part.kind for part in other] == ["removed", "added"]
    assert len(differences("a b " * 4000, "a c " * 4000)) >= 1
