"""What is promised and what became of it, as people see it in a browser."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import DialogState
from tests.e2e.test_main_job import log_in
from tests.factories import MadeWorkspace, make_workspace
from tests.kernel.promises.helpers import make_desk, promise
from tests.products.analytics.places import Told, set_zone, tell
from tests.products.assistants.places import make_assistant
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

PAGES = (
    "analytics", "analytics/ratings", "analytics/operators", "settings/hours", "settings/hours/new",
    "settings/promises", "settings/promises/default",
)  # fmt: skip


async def test_due_moment_shows_live_in_the_list_and_beside_the_dialog(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    workspace = await make_workspace(runtime)
    await promise(runtime, workspace)
    page = await open_page()
    await log_in(page, address, workspace.owner.email)
    await page.goto(f"{address}/w/{workspace.slug}/dashboard/inbox")
    await expect(page.locator("bsd-inbox")).to_be_visible()
    desk = await make_desk(runtime, workspace)
    await desk.asks("Is anybody there?")
    await desk.moves(DialogState.OPEN)
    badge = page.locator("bsd-inbox a.item bsd-due .due")
    await expect(badge).to_contain_text("in 9 min")
    await page.locator("bsd-inbox a.item").first.click()
    about = page.locator("#dialog-sla")
    await expect(about).to_contain_text("First reply")
    await desk.replies()
    await expect(page.locator("bsd-inbox a.item bsd-due .due")).to_contain_text("in 1 hr")
    await expect(about).not_to_contain_text("First reply")
    # In the order of what is due, a dialog with a later promise stays below, whoever wrote last.
    await page.goto(f"{address}/w/{workspace.slug}/dashboard/inbox?state=open&sort=due")
    await expect(page.locator("bsd-inbox a.item")).to_have_count(1)
    sooner = await make_desk(runtime, workspace)
    await sooner.asks("Is it me next?")
    await sooner.moves(DialogState.OPEN)
    await expect(page.locator("bsd-inbox a.item").first).to_contain_text("Is it me next?")
    await desk.asks("And then?")
    await expect(page.locator("bsd-inbox a.item").last).to_contain_text("And then?")
    await sooner.replies("You are.")
    await expect(page.locator("bsd-inbox a.item").first).to_contain_text("And then?")
    assert complaints == []


async def furnish(runtime: Runtime) -> MadeWorkspace:
    """A company with some days behind it."""
    workspace = await make_workspace(runtime)
    await set_zone(runtime, workspace, "Europe/Moscow")
    who, owner = (await make_assistant(runtime, workspace)).id, workspace.owner.actor_id
    for n in range(14):
        started = now() - timedelta(days=n, hours=n)
        is_helped, is_gap = n % 3 == 0, n % 4 == 0
        told = Told(
            started=started, resolved=60 + n, score=3 + n % 3, mode="unknown" if is_gap else "extractive",
            question="Is there a warranty?" if is_gap else "How much is delivery?", handed=1 if is_helped else None,
            replied=5 + n if is_helped else None, by=owner if is_helped else None,
            comment="Quick and kind" if is_helped else "",
        )  # fmt: skip
        await tell(runtime, workspace, who, told)
    return workspace


async def look(page: Page, address: str) -> list[str]:
    """Return what is wrong with the page."""
    await page.goto(address)
    wrong = await violations(page)
    return [
        f"{address}: {each}" for each in (*wrong, *(["too wide"] if await overflows(page) else []))
    ]


@pytest.mark.parametrize(("phone", "locale"), [(False, "en"), (True, "ru")])
async def test_pages_are_accessible_and_fit(
    address: str, runtime: Runtime, open_page: OpenPage, *, phone: bool, locale: str
) -> None:
    workspace = await furnish(runtime)
    page = await open_page(phone=phone, dark=phone, locale=locale, bypass_csp=True)
    await log_in(page, address, workspace.owner.email)
    home = f"{address}/w/{workspace.slug}/dashboard/"
    wrong = [each for path in PAGES for each in await look(page, home + path)]
    await page.goto(home + "analytics?days=30")
    await expect(page.locator("svg.chart rect").first).to_be_attached()
    await page.get_by_role("link", name=re.compile("7 ")).click()
    await expect(page).to_have_url(re.compile("days=7"))
    assert wrong == []
