"""Waiting for a person: the place in the queue, a contact that is left, the letter that was promised, a transcript."""

import re
from secrets import token_hex

import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import RateLimiter
from besedka.kernel.accounts.types import Role
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import DAYS, ScheduleDraft
from besedka.products.widget import service
from tests.factories import make_person
from tests.fakes.jobs import eventually
from tests.kernel.realtime.client import connect
from tests.products.widget.counter import API, Counter, Visit


async def call(counter: Counter) -> Visit:
    """Let a visitor ask for a person."""
    visit = await counter.enter()
    called = await visit.post("/person")
    assert called.status_code == 200, called.text
    return await counter.enter(visitor=visit.session["visitor"])


async def place_of(visit: Visit) -> int | None:
    found: int | None = (await visit.get("/queue")).json()["position"]
    return found


async def letters_to(runtime: Runtime, address: str) -> list[str]:
    """Do a round a minute later, and return the letters to an address."""
    async with runtime.db.system.transaction() as conn:
        await conn.execute(
            "UPDATE message SET created_at = created_at - interval '2 minutes'"
        )  # the last two minutes pass
        await conn.execute(
            "UPDATE widget_visitor SET promised_at = promised_at - interval '2 minutes'"
        )
    await service.keep_promises(runtime)
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(
            "SELECT body_text FROM letter WHERE to_address = $1 ORDER BY id", address
        )
    return [row["body_text"] for row in rows]


async def test_queue_counts_those_who_wait_before_and_moves_when_one_is_taken(
    counter: Counter,
) -> None:
    first, second, third = [await call(counter) for _ in range(3)]
    assert [await place_of(each) for each in (first, second, third)] == [1, 2, 3]
    await first.say("Я ещё здесь")
    assert await place_of(first) == 1
    await counter.answer(first.session["chat"], "Здравствуйте!")
    assert [await place_of(each) for each in (first, second, third)] == [None, 1, 2]


async def test_nobody_is_online_until_somebody_who_may_answer_is_within_hours(
    counter: Counter, app: FastAPI, runtime: Runtime
) -> None:
    visit = await call(counter)
    assert (await visit.get("/queue")).json()["online"] is False
    async with connect(app, counter.made.owner):
        assert (await visit.get("/queue")).json()["online"] is True
        day_off = ScheduleDraft(name="Closed", zone="Europe/Moscow", week=((),) * DAYS)
        async with runtime.db.fast.transaction(counter.made.id) as conn:
            await hours.create_schedule(conn, day_off, by=counter.made.owner.actor_id)
        assert (await visit.get("/queue")).json()["online"] is False


async def test_answer_goes_to_the_address_once_and_its_link_opens_the_dialog_once(
    counter: Counter, runtime: Runtime
) -> None:
    visit, address = await call(counter), f"anna.{token_hex(4)}@example.com"
    left = await visit.post("/contact", {"contact": address})
    assert left.status_code == 204, left.text
    assert (await visit.get("/queue")).json()["promised"] is True
    said = (await visit.get("/messages")).json()
    assert address in said[-1]["body"]
    assert (await counter.contact(visit))["email"] == address
    assert await letters_to(runtime, address) == []
    await counter.answer(visit.session["chat"], "Заказ уже в пути")
    await counter.answer(visit.session["chat"], "", "счёт.txt")
    (letter,) = await letters_to(runtime, address)
    assert "Заказ уже в пути" in letter
    assert "📎 счёт.txt" in letter
    await counter.answer(visit.session["chat"], "И ещё кое-что")
    assert len(await letters_to(runtime, address)) == 1
    link = re.search(r"/talk/\S+#besedka=(\S+)", letter)
    assert link is not None
    elsewhere = await counter.enter(resume=link[1])
    assert elsewhere.session["chat"] == visit.session["chat"]
    assert (await counter.enter(resume=link[1])).session["chat"] is None


async def test_answer_that_was_read_on_the_site_is_not_sent(
    counter: Counter, runtime: Runtime
) -> None:
    visit = await call(counter)
    await visit.post("/contact", {"contact": "bert@example.com"})
    await counter.answer(visit.session["chat"], "Здравствуйте!")
    async with runtime.db.fast.transaction(counter.made.id) as conn:
        await conn.execute("UPDATE participant SET read_seq = 100 WHERE role = 'contact'")
    assert await letters_to(runtime, "bert@example.com") == []


async def test_link_leads_to_the_page_of_an_allowed_site_alone(
    counter: Counter, runtime: Runtime
) -> None:
    await counter.change(allowed_origins=["https://shop.example"])
    links = []
    for page in ("https://shop.example/cart#top", "https://evil.example/"):
        visit = await counter.enter()
        await visit.client.post(
            f"{visit.base}/person", json={}, headers={**visit.headers, "Referer": page}
        )
        await visit.post("/contact", {"contact": "carl@example.com"})
        chat = (await counter.enter(visitor=visit.session["visitor"])).session["chat"]
        await counter.answer(chat, "Да")
        links.append((await letters_to(runtime, "carl@example.com"))[-1])
    assert "https://shop.example/cart#besedka=" in links[0]
    assert "evil.example" not in links[1]


async def test_telephone_is_kept_for_the_person_and_nothing_else_is_taken(counter: Counter) -> None:
    visit = await call(counter)
    assert (await visit.post("/contact", {"contact": "+7 900 123-45-67"})).status_code == 204
    assert (await counter.contact(visit))["phone"] == "+79001234567"
    wrong = await visit.post("/contact", {"contact": "my address"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "form_incomplete")
    calm = await counter.enter()
    early = await calm.post("/contact", {"contact": "dora@example.com"})
    assert (early.status_code, early.json()["code"]) == (409, "contact_off")


async def test_transcript_has_what_was_said_in_public_and_is_limited(
    counter: Counter, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await counter.enter()
    chat = (await visit.say("Позовите человека")).json()["chat"]
    await eventually(lambda: _has(visit, 2))
    await counter.client.post(
        f"{API}/dialogs/{chat}/reply", headers=counter.made.headers,
        json={"key": "n", "body": "Осторожно с ним", "visibility": "internal"},
    )  # fmt: skip
    await counter.answer(chat, "Чем помочь?", "прайс.txt")
    visit = await counter.enter(visitor=visit.session["visitor"])
    monkeypatch.setattr(runtime, "limiter", RateLimiter())
    sent = [(await visit.post("/transcript", {"email": "eva@example.com"})) for _ in range(4)]
    assert [each.status_code for each in sent] == [204, 204, 204, 429]
    letter = (await letters_to(runtime, "eva@example.com"))[0]
    assert "Позовите человека" in letter
    assert "Чем помочь?\n📎 прайс.txt" in letter
    assert "Осторожно" not in letter
    await counter.wish(transcript=False)
    monkeypatch.setattr(runtime, "limiter", RateLimiter(enabled=False))
    refused = await visit.post("/transcript", {"email": "eva@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (409, "transcript_off")


async def _has(visit: Visit, count: int) -> bool | None:
    return len((await visit.get("/messages")).json()) >= count or None


async def test_colleague_who_may_not_answer_does_not_make_the_company_present(
    counter: Counter, runtime: Runtime, app: FastAPI
) -> None:
    visit = await call(counter)
    colleague = await make_person(runtime, counter.made, role=Role.MEMBER)
    async with connect(app, colleague):
        assert (await visit.get("/queue")).json()["online"] is False
