"""The way of a recruiter in a browser: from the list to the board, to an application, to a decision."""

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.e2e.test_main_job import log_in
from tests.factories import make_person, make_workspace
from tests.products.hiring.talk import apply, go_through
from tests.products.hiring.test_recruiting import WEIGHTED
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser


async def test_recruiter_drags_a_card_to_a_decision_and_takes_it_back(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, address: str, open_page: OpenPage,
    complaints: list[str],
) -> None:  # fmt: skip
    firm = await make_workspace(runtime)
    rita = await make_person(runtime, firm, role=Role.RECRUITER, name="Rita Recruiter")
    who = await apply(client, firm.headers, WEIGHTED)
    await go_through(app, who.response, ("Night", "yes"))
    page = await open_page()
    await log_in(page, address, rita.email)
    await page.goto(f"{address}/w/{firm.slug}/dashboard/hiring")
    await page.get_by_role("link", name="Backend Developer").click()
    await expect(page.locator("bsd-board:defined")).to_be_visible()
    assert await violations(page) == []
    card = page.locator(f"#card-{who.response}")
    await card.drag_to(page.locator('[data-verdict="invited"]'))
    await page.get_by_label("Reason").fill("She works at night")
    await page.get_by_role("button", name="Invite").click()
    invited = page.locator('[data-verdict="invited"]')
    await expect(invited).to_contain_text("Ivan Ivanov")
    await invited.get_by_role("link", name="Ivan Ivanov").click()
    await expect(page.locator("mark").first).to_have_text("Night")
    assert await violations(page) == []
    assert not await overflows(page)
    await page.get_by_role("button", name="Take the decision back").click()
    await expect(page.locator("main")).to_contain_text("Decision taken back")
    assert complaints == []
