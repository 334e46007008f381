"""Several widgets of an assistant: looks, sites, options, and whether they are installed."""

from datetime import timedelta

import httpx
import pytest

from besedka.core.clock import now
from besedka.core.schemas import Problem
from besedka.products.widget.service.installed import keys_on
from tests.fakes.site import Page, fake_site, html
from tests.products.widget.counter import API, Counter

HTML = {"Accept": "text/html", "Accept-Language": "ru"}


async def test_second_widget_has_a_key_sites_and_words_of_its_own(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    home = f"/dashboard/assistants/{counter.assistant_id}/site"
    headers = {**counter.made.headers, **HTML}
    made = await client.post(f"{home}/new", data={"new_name": "Склад"}, headers=headers)
    assert made.status_code == 303, made.text
    here = made.headers["location"].removeprefix("http://testserver")
    form = {
        "name": "Склад", "accent": "#AA3355", "sites": "*.shop.example", "greeting_ru": "Привет со склада",
        "launcher_ru": "Спросить", "position": "start", "language": "ru", "ask_name": "required", "queue": "true",
    }  # fmt: skip
    saved = await client.post(here, data=form, headers=headers)
    assert saved.status_code == 303, saved.text
    page = await client.get(here, headers=headers)
    assert "Привет со склада" in page.text
    widgets = (await client.get(f"{API}/widgets", headers=counter.made.headers)).json()
    (second,) = (each for each in widgets if each["name"] == "Склад")
    assert second["public_key"] != counter.key
    path = f"{API}/widget/{second['public_key']}?locale=en"
    config = (await client.get(path, headers={"Origin": "https://a.shop.example"})).json()
    shown = {
        key: config[key] for key in ("greeting", "launcher", "position", "locale", "contact", "queue")
    }  # fmt: skip
    assert shown == {
        "greeting": "Привет со склада", "launcher": "Спросить", "position": "start", "locale": "ru",
        "contact": False, "queue": True,
    }  # fmt: skip
    gone = await client.post(f"{here}/delete", headers=headers)
    assert gone.status_code == 303
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://a.shop.example", 200), ("https://b.a.shop.example", 200), ("https://shop.example", 403),
        ("http://a.shop.example", 403), ("https://a.shop.example.evil.example", 403), ("https://evilshop.example", 403),
        ("https://a.shop.example:8443", 403),
    ],
)  # fmt: skip
async def test_wildcard_stands_for_names_below_it(
    counter: Counter, client: httpx.AsyncClient, origin: str, status: int
) -> None:
    changed = await counter.change(allowed_origins=["*.shop.example"])
    assert changed.json()["allowed_origins"] == ["https://*.shop.example"]
    answer = await client.get(f"{API}/widget/{counter.key}", headers={"Origin": origin})
    assert answer.status_code == status


@pytest.mark.parametrize("site", ["*", "*.com", "a.*.example", "not a site"])
async def test_site_that_is_none_is_refused(counter: Counter, site: str) -> None:
    refused = await counter.change(allowed_origins=[site])
    assert refused.status_code == 422
    assert Problem.model_validate(refused.json()).code == "widget_bad_site"


async def test_site_where_it_was_used_is_shown(counter: Counter, client: httpx.AsyncClient) -> None:
    await client.post(
        f"{API}/widget/{counter.key}/session", json={}, headers={"Origin": "https://shop.example"}
    )
    assert (await counter.shown())["seen_origin"] == "https://shop.example"
    path = f"/dashboard/assistants/{counter.assistant_id}/site/{counter.widget_id}"
    page = await client.get(path, headers={**counter.made.headers, **HTML})
    assert "https://shop.example" in page.text


async def test_look_at_a_page_says_what_it_found(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    line = '<script src="https://b.example/widget.js" data-key="{}" async></script>'
    pages = {
        "/with": html(line.format(counter.key)), "/other": html(line.format("other")), "/none": html("no line"),
        "/gone": Page(status=404),
    }  # fmt: skip
    found = {}
    async with fake_site(pages) as site:
        for path in pages:
            answer = await client.post(
                f"{API}/widgets/{counter.widget_id}/check", json={"url": f"{site}{path}"}, headers=counter.made.headers
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            found[path] = answer.json()["seen"]
    assert found == {
        "/with": "found", "/other": "other_key", "/none": "missing", "/gone": "refused",
    }  # fmt: skip
    away = await client.post(
        f"{API}/widgets/{counter.widget_id}/check", json={"url": f"{site}/with"}, headers=counter.made.headers
    )  # fmt: skip
    assert away.json()["seen"] == "unreachable"


def test_line_is_found_whatever_it_looks_like() -> None:
    page = "<SCRIPT async data-key='abc' src=//b.example/widget.js?v=1></SCRIPT><script data-key=no src=/other.js></script>"
    assert keys_on(page) == {"abc"}


async def test_secret_is_shown_once_and_form_errors_stand_at_their_fields(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    here = f"/dashboard/assistants/{counter.assistant_id}/site/{counter.widget_id}"
    headers = {**counter.made.headers, **HTML}
    shown = await client.post(f"{here}/secret", headers=headers)
    assert "Вот секрет" in shown.text
    assert "Вот секрет" not in (await client.get(here, headers=headers)).text
    form = {
        "name": "А",
        "accent": "#aa3355",
        "ask_choice": "required",
        "consent_url": "javascript:alert(1)",
    }
    wrong = await client.post(here, data=form, headers=headers)
    assert wrong.status_code == 422
    assert all(f'id="{name}-error"' in wrong.text for name in ("choices", "consent_url"))


async def test_wizard_says_whether_the_line_is_on_a_page(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    here = f"/dashboard/assistants/{counter.assistant_id}/setup/install"
    headers = {**counter.made.headers, **HTML}
    shown = await client.get(here, headers=headers)
    assert "На сайте ещё никто не открывал" in shown.text
    key = shown.text.partition("data-key=&#34;")[2].partition("&#34;")[0]
    line = f'<script src="https://b.example/widget.js" data-key="{key}" async></script>'
    async with fake_site({"/with": html(line), "/none": html("no line")}) as site:
        found = await client.post(f"{here}/check", data={"url": f"{site}/with"}, headers=headers)
        missing = await client.post(f"{here}/check", data={"url": f"{site}/none"}, headers=headers)
    assert f"Строка этого виджета есть на {site}/with" in found.text
    assert f"На {site}/none строки нет" in missing.text
    wrong = await client.post(f"{here}/check", data={"url": "not a site"}, headers=headers)
    assert wrong.status_code == 422
    assert 'id="url-error"' in wrong.text
    assert "not a site" in wrong.text


async def test_config_says_whether_people_work_and_when_that_changes(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    path, headers = f"{API}/widget/{counter.key}", counter.made.headers
    before = (await client.get(path)).json()
    assert (before["hours"], before["rating"], before["files"]) == (None, True, True)
    schedules = f"{API}/hours/schedules"
    week = [[[0, 1440]] if (now().weekday() + 2) % 7 == day else [] for day in range(7)]
    made = await client.post(
        schedules, json={"name": "Офис", "zone": "UTC", "week": week}, headers=headers
    )
    assert made.status_code == 201, made.text
    shut = (await counter.enter()).session["config"]
    assert isinstance(shut, dict)
    next_day = (now() + timedelta(days=2)).date().isoformat()
    hours = shut["hours"]
    assert isinstance(hours, dict)
    assert (hours["open"], hours["until"], str(hours["next"])[:10]) == (False, None, next_day)


async def test_widget_without_files_takes_none(counter: Counter, client: httpx.AsyncClient) -> None:
    visitor = await counter.enter()
    given = {"file": ("a.txt", b"words")}
    file = await client.post(f"{visitor.base}/files", files=given, headers=visitor.headers)
    await counter.wish(files=False)
    assert (await client.get(f"{API}/widget/{counter.key}")).json()["files"] is False
    refused = [
        await client.post(f"{visitor.base}/files", files=given, headers=visitor.headers),
        await visitor.post("/messages", {"key": "1", "attachments": [file.json()["id"]]}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "files_off")] * 2
