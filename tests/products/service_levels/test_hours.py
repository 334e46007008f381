"""Setting hours over the API and on the page, and what visitors hear outside of them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers.service import closed
from besedka.products.service_levels.forms import (
    ScheduleForm,
    Unreadable,
    read_day,
    read_minutes,
    spell_minutes,
)
from tests.factories import make_person, make_workspace
from tests.products.widget.test_main_job import open_widget, visit

API = "/api/v1"
PAGE = "/dashboard/settings/hours"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
CLOSED: list[list[list[int]]] = [[] for _ in range(7)]
WEEK = [[[540, 1080]]] * 5 + [[], []]
SCHEDULE = {"name": "Office", "zone": "Europe/Moscow", "week": WEEK, "holidays": [{"day": "2027-01-01", "name": "New Year"}]}  # fmt: skip


async def test_schedules_are_made_changed_and_one_is_the_default(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    headers = workspace.headers
    opening = await client.get(f"{API}/hours/opening", headers=headers)
    assert opening.json() == {"is_open": True, "until": None, "next": None, "zone": "UTC"}
    first = (await client.post(f"{API}/hours/schedules", json=SCHEDULE, headers=headers)).json()
    other = await client.post(
        f"{API}/hours/schedules",
        json={**SCHEDULE, "name": "Night", "week": CLOSED},
        headers=headers,
    )
    assert (first["is_default"], other.json()["is_default"]) == (True, False)
    path = f"{API}/hours/schedules/{other.json()['id']}"
    assert (await client.post(f"{path}/default", headers=headers)).json()["is_default"] is True
    shut = (await client.get(f"{API}/hours/opening", headers=headers)).json()
    assert shut == {"is_open": False, "until": None, "next": None, "zone": "Europe/Moscow"}
    refused = await client.delete(path, headers=headers)
    assert refused.json()["code"] == "schedule_is_default"
    again = await client.post(f"{API}/hours/schedules/{first['id']}/default", headers=headers)
    assert again.json()["holidays"] == [{"day": "2027-01-01", "name": "New Year"}]
    assert (await client.delete(path, headers=headers)).status_code == 204
    listed = (await client.get(f"{API}/hours/schedules", headers=headers)).json()
    assert [each["name"] for each in listed] == ["Office"]


async def test_unsound_schedules_are_refused_and_operators_only_read(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    operator = await make_person(runtime, workspace, role=Role.OPERATOR)
    for wrong, code in (
        ({"zone": "Europe/Atlantis"}, "unknown_zone"),
        ({"week": [[[600, 540]], *CLOSED[1:]]}, "bad_week"),
        ({"week": [[[540, 660], [600, 720]], *CLOSED[1:]]}, "bad_week"),
    ):
        answer = await client.post(
            f"{API}/hours/schedules", json=SCHEDULE | wrong, headers=workspace.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    denied = await client.post(f"{API}/hours/schedules", json=SCHEDULE, headers=operator.headers)
    assert denied.status_code == 403
    assert (await client.get(f"{API}/hours/schedules", headers=operator.headers)).json() == []


async def test_page_takes_hours_as_people_type_them(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    workspace = await make_workspace(runtime)
    headers = {**workspace.headers, **HTML}
    assert "No hours yet" in (await client.get(PAGE, headers=headers)).text
    form = ScheduleForm(
        name="Shop", zone="Europe/Moscow", mon="9-13, 14:00–18:30", holidays="31.12.2026 Party"
    )
    bad = await client.post(PAGE, data={**form.model_dump(), "tue": "all day"}, headers=headers)
    assert bad.status_code == 422
    assert 'id="tue-error"' in bad.text
    late = await client.post(PAGE, data={**form.model_dump(), "wed": "18-9"}, headers=headers)
    assert 'id="wed-error"' in late.text
    assert (await client.post(PAGE, data=form.model_dump(), headers=headers)).status_code == 303
    made = (await client.get(f"{API}/hours/schedules", headers=workspace.headers)).json()[0]
    assert made["week"][0] == [[540, 780], [840, 1110]]
    assert made["holidays"] == [{"day": "2026-12-31", "name": "Party"}]
    shown = await client.get(f"{PAGE}/{made['id']}", headers=headers)
    assert "09:00–13:00, 14:00–18:30" in shown.text
    assert "2026-12-31 Party" in shown.text
    listed = (await client.get(PAGE, headers=headers)).text
    assert "Shop" in listed
    assert "(Moscow)</time>" in listed, "by the clock of the schedule"


def test_times_are_read_as_they_are_spelled() -> None:
    assert [read_minutes(each) for each in ("", "15", "2 h", "1 д 4 ч", "90 минут")] == [
        None,
        15,
        120,
        1680,
        90,
    ]
    for minutes in (1, 60, 61, 1440, 12345):
        assert read_minutes(spell_minutes("ru", minutes)) == minutes
        assert read_minutes(spell_minutes("en", minutes)) == minutes
    for wrong in ("soon", "0", "-5", "9999999999"):
        with pytest.raises(Unreadable):
            read_minutes(wrong)
    assert read_day("00:00-24:00") == ((0, 1440),)


async def test_visitor_hears_when_people_are_back(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    made, key = await open_widget(runtime)
    await client.post(
        f"{API}/hours/schedules", json={**SCHEDULE, "week": CLOSED}, headers=made.headers
    )
    base, headers = await visit(client, key)
    await client.post(f"{base}/messages", headers=headers, json={"key": str(uuid4()), "body": "?"})
    assert (await client.post(f"{base}/person", headers=headers)).status_code == 200
    said = [each["body"] for each in (await client.get(f"{base}/messages", headers=headers)).json()]
    assert "Сейчас нерабочее время, поэтому ответ придёт не сразу." in said[-1] + said[-2]
    monday, friday = datetime(2026, 11, 30, 6, tzinfo=UTC), datetime(2026, 11, 27, 18, tzinfo=UTC)
    spelled = closed.spell_moment(monday, friday, zone="Europe/Moscow", locale="ru")
    assert spelled == "понедельник, 30 ноября, 09:00 (GMT+03:00)"
    assert closed.spell_moment(monday, monday - timedelta(hours=1), zone="Europe/Moscow", locale="en").startswith("09:00")  # fmt: skip
