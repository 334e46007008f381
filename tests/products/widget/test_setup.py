"""The step of the setup that asks how an assistant looks, in which language, and when people are there."""

from datetime import date

import httpx

from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Holiday, Schedule, ScheduleDraft
from besedka.products.widget.service.staffing import ALL_WEEK
from tests.products.widget.counter import Counter

HTML = {"Accept": "text/html", "Accept-Language": "ru"}
LOOK = {"name": "Помощник", "accent": "#2f6249"}
NINE_TO_SIX = ((9 * 60, 18 * 60),)


async def save(counter: Counter, **typed: str) -> httpx.Response:
    look = f"/dashboard/assistants/{counter.assistant_id}/setup/look"
    return await counter.client.post(
        look, data=LOOK | typed, headers={**counter.made.headers, **HTML}
    )


async def show(counter: Counter) -> str:
    look = f"/dashboard/assistants/{counter.assistant_id}/setup/look"
    return (await counter.client.get(look, headers={**counter.made.headers, **HTML})).text


async def schedules(counter: Counter) -> list[Schedule]:
    async with counter.runtime.db.fast.acquire(counter.made.id) as conn:
        return await hours.list_schedules(conn)


async def test_language_and_weekdays_of_the_setup_reach_the_widget(counter: Counter) -> None:
    page = await show(counter)
    assert 'value="always" checked' in page
    saved = await save(counter, language="en", hours="workdays", zone="Asia/Yekaterinburg")
    assert saved.status_code == 303, saved.text
    config = (await counter.client.get(f"/api/v1/widget/{counter.key}?locale=ru")).json()
    assert config["locale"] == "en"
    assert config["hours"] is not None
    (made,) = await schedules(counter)
    assert (made.name, made.zone) == ("Рабочие часы", "Asia/Yekaterinburg")
    assert (made.week[0], made.week[5]) == (NINE_TO_SIX, ())
    page = await show(counter)
    assert 'value="workdays" checked' in page
    assert 'value="Asia/Yekaterinburg" selected' in page


async def test_always_needs_no_schedule_and_opens_the_one_there_is(counter: Counter) -> None:
    assert (await save(counter, hours="always", zone="UTC")).status_code == 303
    assert await schedules(counter) == []
    await save(counter, hours="workdays", zone="Europe/Moscow")
    await save(counter, hours="always", zone="UTC")
    (made,) = await schedules(counter)
    assert (made.week, made.zone) == (ALL_WEEK, "Europe/Moscow")
    assert 'value="always" checked' in await show(counter)


async def test_schedule_of_ones_own_is_shown_and_left_alone(counter: Counter) -> None:
    draft = ScheduleDraft(name="Склад", zone="Europe/Samara", holidays=(Holiday(date(2027, 1, 1)),))
    async with counter.runtime.db.fast.transaction(counter.made.id) as conn:
        await hours.create_schedule(conn, draft, by=counter.made.owner.actor_id)
    assert "«Склад», Europe/Samara" in await show(counter)
    assert (await save(counter, hours="always", zone="UTC")).status_code == 303
    (kept,) = await schedules(counter)
    assert (kept.week, kept.zone, kept.holidays) == (draft.week, draft.zone, draft.holidays)


async def test_zone_that_is_none_is_refused_beside_its_field(counter: Counter) -> None:
    answer = await save(counter, hours="workdays", zone="Mars/Olympus")
    assert answer.status_code == 422
    assert "Часового пояса «Mars/Olympus» нет." in answer.text
    assert await schedules(counter) == []
