"""The main job as people do it: in two browsers, live both ways."""

import re
from secrets import token_hex

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from tests.factories import PASSWORD, make_workspace
from tests.products.widget.test_main_job import open_widget
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> [x](javascript:document.title=3)'


async def log_in(page: Page, address: str, email: str) -> None:
    """Log in as a person of the factories."""
    await page.goto(f"{address}/login")
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.click("form[action='/login'] button.btn--primary")
    await page.wait_for_url(re.compile("/dashboard/"))


async def ask(page: Page, question: str) -> None:
    """Write into the widget and send."""
    await page.locator("textarea").fill(question)
    await page.keyboard.press("Enter")


async def test_visitor_and_operator_talk_live_both_ways(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    made, _ = await open_widget(runtime)
    visitor = await open_page(locale="ru")
    await visitor.goto(f"{address}/w/{made.slug}/demo")
    await visitor.locator("button.bubble").click()
    await ask(visitor, "Сколько стоит доставка?")
    log = visitor.get_by_role("log")
    await expect(log).to_contain_text("350 рублей")
    await log.locator("button.cite").first.click()
    await expect(visitor.locator(".sheet")).to_contain_text("5000 рублей")
    await visitor.keyboard.press("Escape")

    operator = await open_page()
    await log_in(operator, address, made.owner.email)
    await operator.goto(f"{address}/w/{made.slug}/dashboard/inbox")
    await visitor.locator("button.person").click()
    row = operator.locator("bsd-inbox a.item").first
    await expect(row).to_be_visible()
    await row.click()
    await operator.locator("bsd-conversation textarea").fill("Hello, Olga here.")
    await operator.keyboard.press("Enter")
    await expect(log).to_contain_text("Olga here.")
    await ask(visitor, "Спасибо!")
    await expect(operator.locator("bsd-conversation")).to_contain_text("Спасибо!")
    assert complaints == []


async def test_visitor_reloads_and_goes_on(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    made, _ = await open_widget(runtime)
    page = await open_page(phone=True, dark=True, locale="ru")
    await page.goto(f"{address}/w/{made.slug}/demo")
    await page.locator("button.bubble").click()
    await ask(page, "Сколько стоит доставка?")
    await expect(page.get_by_role("log")).to_contain_text("350 рублей")
    await page.reload()
    await expect(page.get_by_role("log")).to_contain_text("Сколько стоит доставка?")
    await expect(page.get_by_role("log")).to_contain_text("350 рублей")
    assert not await overflows(page)


async def test_hostile_words_stay_words_on_both_sides(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    made, _ = await open_widget(runtime)
    visitor = await open_page(locale="en")
    await visitor.goto(f"{address}/w/{made.slug}/demo")
    await visitor.locator("button.bubble").click()
    await ask(visitor, HOSTILE)
    await expect(visitor.get_by_role("log")).to_contain_text("onerror")
    await visitor.locator("button.person").click()
    operator = await open_page()
    await log_in(operator, address, made.owner.email)
    await operator.goto(f"{address}/w/{made.slug}/dashboard/inbox")
    await operator.locator("bsd-inbox a.item").first.click()
    await expect(operator.locator("bsd-conversation")).to_contain_text("onerror")
    titles = [await visitor.title(), await operator.title()]
    assert not {"1", "2", "3"} & set(titles)
    assert complaints == []


async def test_first_person_becomes_the_host_by_the_printed_link(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    async with runtime.db.system.acquire() as conn:  # as on a new installation, whatever ran before
        await conn.execute("UPDATE app_user SET is_host = false WHERE is_host")
    link = await accounts.first_link(runtime)
    assert link is not None
    page = await open_page()
    await page.goto(address + link.partition(":8000")[2])
    await page.fill("#name", "Hanna Host")
    await page.fill("#company", "Gazebo")
    await page.fill("#email", f"hanna-{token_hex(4)}@example.com")
    await page.fill("#password", "a long phrase")
    await page.click("button.btn--primary")
    await page.wait_for_url(re.compile("/dashboard/"))
    await page.goto(f"{address}/dashboard/settings/mail")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    "path",
    ["", "/sessions", "/workspace", "/people", "/model", "/jobs", "/audit", "/mail", "/outbox"],
)
async def test_settings_pages_are_accessible_and_fit_a_phone(
    path: str, address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    made = await make_workspace(runtime, is_host=True)
    page = await open_page(phone=True, locale="ru", bypass_csp=True)
    await log_in(page, address, made.owner.email)
    await page.goto(f"{address}/dashboard/settings{path}")
    assert await violations(page) == []
    assert not await overflows(page)
