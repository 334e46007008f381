"""The form before the first message: what is asked, what is kept, and programs that fill it in."""

import httpx
import pytest
from pydantic import JsonValue

from besedka.core.runtime import Runtime
from tests.products.widget.counter import Counter

FORM: dict[str, JsonValue] = {
    "name": "required", "email": "required", "phone": "optional", "choice": "optional", "choice_label": "О чём?",
    "choices": ["Заказ", "Возврат"], "consent": {"ru": "Согласен", "en": "I agree"},
    "consent_url": "https://shop.example/privacy", "skip": False,
}  # fmt: skip
GOOD: dict[str, JsonValue] = {
    "name": "Анна", "email": "anna@example.com", "choice": "Возврат", "consent": True,
}  # fmt: skip


async def test_first_message_waits_for_the_form_whose_answers_people_see(counter: Counter) -> None:
    await counter.wish(form=FORM)
    visit = await counter.enter()
    assert visit.session["needs_form"] is True
    config = visit.session["config"]
    assert isinstance(config, dict)
    form = config["form"]
    assert isinstance(form, dict)
    assert form["consent"] == "Согласен"
    early = await visit.say("Сколько стоит доставка?")
    assert (early.status_code, early.json()["code"]) == (409, "form_required")
    assert (await visit.post("/form", GOOD)).status_code == 204
    assert (await visit.say("Сколько стоит доставка?")).status_code == 201
    shown = await counter.contact(visit)
    assert (shown["name"], shown["email"]) == ("Анна", "anna@example.com")
    async with counter.runtime.db.fast.acquire(counter.made.id) as conn:
        meta = await conn.fetchval("SELECT meta FROM contact WHERE email = 'anna@example.com'")
    assert meta["choice"] == {"label": "О чём?", "answer": "Возврат"}
    assert meta["consent"]["text"] == "Согласен"
    again = await counter.enter(visitor=visit.session["visitor"])
    assert again.session["needs_form"] is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"email": "anna"}, "email"), ({"phone": "call me"}, "phone"),
        ({"choice": "Другое"}, "choice"), ({"consent": False}, "consent"),
    ],
)  # fmt: skip
async def test_wrong_answer_is_named(
    counter: Counter, wrong: dict[str, JsonValue], field: str
) -> None:
    await counter.wish(form=FORM)
    refused = await (await counter.enter()).post("/form", {**GOOD, **wrong})
    assert refused.status_code == 422
    assert (refused.json()["code"], refused.json()["params"]) == (
        "form_incomplete",
        {"field": field},
    )


async def test_form_that_may_be_skipped_is_skipped_empty(counter: Counter) -> None:
    await counter.wish(form={**FORM, "skip": True})
    visit = await counter.enter()
    assert (await visit.post("/form")).status_code == 204
    assert (await visit.say("Привет")).status_code == 201


async def test_program_that_fills_the_hidden_field_or_is_too_fast_is_refused(
    counter: Counter, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    await counter.wish(form=FORM)
    trapped = await (await counter.enter()).post("/form", {**GOOD, "trap": "https://spam.example"})
    fast = await counter.enter()
    async with runtime.db.fast.transaction(counter.made.id) as conn:
        await conn.execute("UPDATE widget_visitor SET created_at = now()")
    for answer in (trapped, await fast.post("/form", GOOD)):
        assert (answer.status_code, answer.json()["code"]) == (422, "looks_automatic")


async def test_widget_without_a_form_asks_nothing(counter: Counter) -> None:
    visit = await counter.enter()
    assert visit.session["needs_form"] is False
    config = visit.session["config"]
    assert isinstance(config, dict)
    assert config["form"] is None
