"""Hostile words in a real browser, with the content policy off: escaping alone has to hold."""

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from tests.attacks.company import API, Company, furnish
from tests.attacks.payloads import loud
from tests.attacks.planting import plant
from tests.attacks.watched import PAGES, Watched
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

POLYGLOT = "'\"></textarea></title></script><img src=x onerror=alert(7)>"
MESSAGES = 20


async def test_watch_notices_what_runs_and_reaches_out(
    address: str, runtime: Runtime, client: httpx.AsyncClient, open_page: OpenPage
) -> None:
    window = Watched(await open_page(), address, await furnish(runtime, client))
    await window.page.set_content(POLYGLOT + "<img src=http://127.0.0.1:1/x.png>")
    said = "\n".join(window.breaches)
    assert "a script ran: 7" in said
    assert "asks http://127.0.0.1:1/x.png" in said


async def test_words_on_every_page_do_not_run(
    address: str,
    runtime: Runtime,
    client: httpx.AsyncClient,
    open_page: OpenPage,
    complaints: list[str],
) -> None:
    company = await furnish(runtime, client)
    await plant(runtime, company.id, POLYGLOT)
    window = Watched(await open_page(bypass_csp=True), address, company)
    await window.log_in(runtime)
    shown = await window.look_at(PAGES, POLYGLOT)
    assert window.breaches == []
    assert complaints == []
    assert shown >= len(PAGES) - 2


async def test_messages_do_not_run_for_operators_and_visitors(
    address: str, runtime: Runtime, client: httpx.AsyncClient, open_page: OpenPage
) -> None:
    company = await furnish(runtime, client)
    every = loud()
    chosen = every[:: len(every) // MESSAGES][:MESSAGES]
    await say(client, company, chosen)
    operator = Watched(await open_page(bypass_csp=True), address, company)
    await operator.log_in(runtime)
    assert await operator.look_at(["/dashboard/inbox/{dialog}"], chosen[-1]) == 1
    visitor = Watched(await open_page(bypass_csp=True), address, company)
    await visitor.visit_demo()
    for payload in chosen[:3]:
        await visitor.page.locator("textarea").fill(payload)
        await visitor.page.keyboard.press("Enter")
        await expect(visitor.page.get_by_role("log")).to_contain_text(payload)
    assert operator.breaches + visitor.breaches == []


async def say(client: httpx.AsyncClient, company: Company, payloads: list[str]) -> None:
    """Write the payloads into the visitor's dialog, as the visitor and as the owner in turn."""
    for number, payload in enumerate(payloads):
        message = {"key": f"x{number}", "body": payload}
        if number % 2:
            path, headers = f"/widget/{company.ids['widget']}/messages", company.visitor
        else:
            path, headers = f"/chats/{company.ids['dialog']}/messages", company.owner.headers
        response = await client.post(API + path, json=message, headers=headers)
        assert response.is_success, response.text


async def test_quoted_document_does_not_run_in_the_widget(
    address: str, runtime: Runtime, client: httpx.AsyncClient, open_page: OpenPage
) -> None:
    """A document's words reach visitors as an answer, as a citation's title, and as the opened passage."""
    company = await furnish(runtime, client)
    document = {
        "kind": "text", "title": f"Parking {POLYGLOT}",
        "body": f"# {POLYGLOT}\n\nParking before the shop costs 90 roubles {POLYGLOT}",
        "collection_id": company.ids["collection"],
    }  # fmt: skip
    made = await client.post(f"{API}/documents", json=document, headers=company.owner.headers)
    assert made.status_code == 201
    greeting = {"greeting": {"ru": POLYGLOT, "en": POLYGLOT}, "name": POLYGLOT}
    path = f"{API}/assistants/{company.ids['assistant']}"
    assert (await client.patch(path, json=greeting, headers=company.owner.headers)).is_success
    visitor = Watched(await open_page(bypass_csp=True), address, company)
    await visitor.visit_demo()
    log = visitor.page.get_by_role("log")
    await expect(log).to_contain_text(POLYGLOT)
    await visitor.page.locator("textarea").fill("What does parking before the shop cost?")
    await visitor.page.keyboard.press("Enter")
    await expect(log).to_contain_text("90 roubles")
    await log.locator("button.cite").first.click()
    await expect(visitor.page.locator(".sheet")).to_contain_text(POLYGLOT)
    assert visitor.breaches == []
