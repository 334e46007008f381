"""The assistant's place on sites: the line to paste, its looks, the sites where it may stand."""

import asyncio

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.products.widget import service as widgets
from tests.factories import MadeWorkspace, make_workspace
from tests.products.assistants.places import make_assistant

HTML = {"Accept": "text/html", "Accept-Language": "ru"}


async def open_site(client: httpx.AsyncClient, place: MadeWorkspace, path: str) -> str:
    answer = await client.get(path, headers={**place.headers, **HTML})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_new_assistant_gets_one_widget(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    path = f"/dashboard/assistants/{who.id}/site"
    pages = await asyncio.gather(*(open_site(client, place, path) for _ in range(3)))
    for _ in range(100):
        async with runtime.db.orm.session(place.id) as session:
            found = await widgets.widgets_of(session, place.id, who.id)
        async with runtime.db.fast.acquire(place.id) as conn:
            waiting = await conn.fetchval(
                "SELECT count(*) FROM job WHERE workspace_id = $1 AND state IN ('queued', 'running')",
                place.id,
            )
        if not waiting:
            break
        await asyncio.sleep(0.05)
    (widget,) = found
    assert widget.name == who.name
    assert all(widget.public_key in page for page in pages)
    assert "/widget.js&#34; data-key=" in pages[0]


async def test_looks_and_sites_are_saved(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    path = f"/dashboard/assistants/{who.id}/site"
    await open_site(client, place, path)
    form = {
        "name": "Анна",
        "accent": "#AA3355",
        "sites": "shop.example\nhttps://Shop.example/about\nhttp://localhost:3000",
    }
    saved = await client.post(path, headers={**place.headers, **HTML}, data=form)
    assert saved.status_code == 303, saved.text
    async with runtime.db.orm.session(place.id) as session:
        (widget,) = await widgets.widgets_of(session, place.id, who.id)
    assert (widget.name, widget.accent) == ("Анна", "#aa3355")
    assert widget.allowed_origins == ["https://shop.example", "http://localhost:3000"]
    key = widget.public_key
    config = f"/api/v1/widget/{key}"
    assert (await client.get(config, headers={"Origin": "https://shop.example"})).status_code == 200
    assert (await client.get(config, headers={"Origin": "https://evil.example"})).status_code == 403


async def test_wrong_site_is_named(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    path = f"/dashboard/assistants/{who.id}/site"
    form = {"name": "Анна", "accent": "#aa3355", "sites": "shop.example\nnot a site"}
    refused = await client.post(path, headers={**place.headers, **HTML}, data=form)
    assert refused.status_code == 422
    assert "not a site" in refused.text
    assert 'id="sites-error"' in refused.text


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("shop.example", "https://shop.example"),
        ("HTTP://Shop.Example:8080/a?b", "http://shop.example:8080"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai"),
        ("localhost", "https://localhost"),
        ("ftp://shop.example", None),
        ("not a site", None),
        ("https://", None),
        ("shop.example:port", None),
        ("*", None),
    ],
)
def test_site_is_read_as_an_origin(typed: str, origin: str | None) -> None:
    assert widgets.origin_of(typed) == origin


async def test_sample_site_shows_the_chosen_widget(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    first, second = (
        await make_assistant(runtime, place),
        await make_assistant(runtime, place, name="Второй"),
    )
    async with runtime.db.orm.session(place.id) as session:
        await widgets.ensure_widget(session, place.id, first.id, name=first.name)
        chosen = await widgets.ensure_widget(session, place.id, second.id, name=second.name)
    page = await client.get(f"/demo?key={chosen.public_key}", headers=HTML)
    assert chosen.public_key in page.text
    assert "Второй" in page.text
