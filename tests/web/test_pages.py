"""Pages in a real browser: the shell, its preferences, and what the policy lets happen."""

import pytest

from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

STRANGERS_PAGES = ("/login", "/signup", "/no/such/page")


async def test_strangers_pages_are_accessible_in_every_look(
    address: str, open_page: OpenPage
) -> None:
    found = []
    for dark in (False, True):
        for phone in (False, True):
            page = await open_page(phone=phone, dark=dark, locale="ru", bypass_csp=True)
            for path in STRANGERS_PAGES:
                await page.goto(address + path)
                found += [f"{path} {dark=} {phone=} {each}" for each in await violations(page)]
                if await overflows(page):
                    found.append(f"{path} {phone=} is wider than the window")
    assert found == []


async def test_theme_changes_at_once_and_stays(
    address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page()
    await page.goto(f"{address}/login")
    async with page.expect_response("**/preferences/theme"):
        await page.get_by_role("button", name="Dark").click()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    await page.reload()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    ground = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground.startswith("oklch(0.1")
    assert complaints == []


async def test_language_changes_and_leads_back(address: str, open_page: OpenPage) -> None:
    page = await open_page()
    await page.goto(f"{address}/signup")
    await page.get_by_role("button", name="Русский").click()
    await page.wait_for_url(f"{address}/signup")
    assert await page.locator("html").get_attribute("lang") == "ru"


async def test_pages_keep_their_own_policy_and_ask_nobody_else(
    address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.goto(f"{address}/login")
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    await page.locator("bsd-time, form").first.wait_for()
    assert complaints == []
    assert len(asked) > 3
    assert all(url.startswith(address) for url in asked)


async def test_injected_markup_stays_inert(
    address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page()
    await page.goto(f"{address}/login")
    await page.evaluate(
        """() => {
            const template = document.createElement('template');
            template.innerHTML = '<img src="/none" onerror="window.harm = 1">'
              + '<p style="color: red" id="tinted">x</p>';
            document.querySelector('main').append(template.content);
        }"""
    )
    await page.wait_for_timeout(300)
    assert await page.evaluate("window.harm") is None
    colour = await page.evaluate("getComputedStyle(document.getElementById('tinted')).color")
    assert colour != "rgb(255, 0, 0)"
    assert any("Content Security Policy" in each for each in complaints)
