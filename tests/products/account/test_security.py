"""The pages of two-step log-in, as a person with an authenticator uses them."""

import re

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.e2e.test_main_job import log_in
from tests.factories import PASSWORD, make_person, make_workspace
from tests.kernel.accounts.test_second import Authenticator
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser

SECURITY = "/dashboard/settings/security"


async def set_up(page: Page) -> tuple[Authenticator, list[str]]:
    """Turn the second step on, on the page that is open, and return the app and the recovery codes."""
    await page.fill("#password", PASSWORD)
    await page.click("form[action$='/security/begin'] button.btn--primary")
    await expect(page.locator("svg.qr")).to_be_visible()
    app = Authenticator(await page.locator("bsd-copy code").inner_text())
    assert not await overflows(page)
    assert await violations(page) == []
    await page.fill("#code", app.code())
    await page.click("form[action$='/security/confirm'] button.btn--primary")
    codes = (await page.locator("bsd-copy code").inner_text()).split()
    return app, codes


async def test_second_step_is_set_up_and_used(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    owner = (await make_workspace(runtime)).owner
    page = await open_page()
    await log_in(page, address, owner.email)
    await page.goto(f"{address}{SECURITY}")
    app, codes = await set_up(page)
    assert len(codes) == 10
    await expect(page.locator(".badge--good")).to_be_visible()
    assert not await overflows(page)
    assert await violations(page) == []

    phone = await open_page(phone=True, dark=True, locale="ru")
    await phone.goto(f"{address}/login?next=/dashboard/settings")
    await phone.fill("#email", owner.email)
    await phone.fill("#password", PASSWORD)
    await phone.click("form[action='/login'] button.btn--primary")
    await expect(phone.locator("h1")).to_have_text("Второй шаг")
    assert not await overflows(phone)
    assert await violations(phone) == []
    await phone.fill("#code", app.code(1))  # the one of this half minute is used up
    await phone.click("form[action='/login/code'] button.btn--primary")
    await phone.wait_for_url(re.compile("/dashboard/settings"))
    await phone.goto(f"{address}{SECURITY}")
    assert not await overflows(phone)
    await phone.fill("#password", PASSWORD)
    await phone.fill("#code", codes[0])
    await phone.get_by_role("button", name="Выключить").click()
    await expect(phone.locator("form[action$='/security/begin']")).to_be_visible()
    assert complaints == []


async def test_member_of_a_strict_workspace_is_led_to_set_it_up(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    place = await make_workspace(runtime)
    member = await make_person(runtime, place, role=Role.OPERATOR)
    owners = await open_page()
    await log_in(owners, address, place.owner.email)
    await owners.goto(f"{address}{SECURITY}")
    await set_up(owners)
    await owners.goto(f"{address}/dashboard/settings/workspace")
    await owners.locator("form[action$='/workspace/second-factor'] button").click()
    await owners.locator("dialog[open] button.btn--danger").click()
    await expect(owners.locator(".badge--good")).to_be_visible()

    page = await open_page(phone=True)
    await log_in(page, address, member.email)
    await page.goto(f"{address}/dashboard/inbox")
    await expect(page).to_have_url(re.compile("/dashboard/settings/security"))
    await expect(page.locator(".alert--warn")).to_be_visible()
    await expect(page.locator(".places__link")).to_have_count(3)
    await set_up(page)
    await page.locator("a.btn--primary").click()
    await expect(page).to_have_url(re.compile("/dashboard/inbox"))
