"""From the careers page to the chosen time, as a candidate goes the way on a phone."""

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from tests.factories import MadeWorkspace, make_workspace
from tests.products.hiring.talk import VACANCY, made
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

QUESTIONS = [
    {"key": "shift", "text": "Какая смена вам удобна?", "kind": "choice", "options": ["Дневная", "Ночная"]},
    {"key": "years", "text": "Сколько лет вы работаете?", "kind": "number"},
    {"key": "why", "text": "Почему вы выбрали эту работу?", "kind": "text"},
]  # fmt: skip
RESUME = "Анна Петрова\n+7 (999) 123-45-67\nМосква\n\nPython 5 лет"


async def look(page: Page, found: list[str]) -> None:
    """Note what is not accessible here, or wider than the phone."""
    found += [f"{page.url}: {each}" for each in await violations(page)]
    if await overflows(page):
        found.append(f"{page.url} is wider than the window")


async def apply(page: Page) -> None:
    await page.get_by_role("link", name="Откликнуться").click()
    await page.set_input_files("#file", {
        "name": "Резюме.txt", "mimeType": "text/plain", "buffer": RESUME.encode(),
    })  # fmt: skip
    await page.get_by_role("button", name="Заполнить из резюме").click()
    await expect(page.locator("#full_name")).to_have_value("Анна Петрова")
    await page.fill("#email", "anna@example.com")
    await page.get_by_label("Согласен").check()


async def answer_all(page: Page) -> None:
    """Choose, leave and come back with half a word written, be cut off, and answer to the end."""
    await expect(page.get_by_text("Вопрос 1 из 3")).to_be_visible()
    await page.get_by_role("button", name="Ночная").click()
    field = page.get_by_role("textbox")
    await expect(page.get_by_text("Вопрос 2 из 3")).to_be_visible()
    await expect(page.locator(".talk .msg").last).to_be_in_viewport(ratio=1)
    await field.fill("5")
    await field.press("Enter")
    await expect(page.get_by_text("Вопрос 3 из 3")).to_be_visible()
    await field.fill("Близко к дому")
    await page.reload()
    await expect(page.get_by_role("textbox")).to_have_value("Близко к дому")
    await page.get_by_role("button", name="Прерваться").click()
    await page.get_by_role("button", name="Продолжить").click()
    await expect(page.get_by_text("Вопрос 3 из 3")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Ответить").click()
    await expect(page.get_by_text("Нет связи")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_text("это все вопросы")).to_be_visible()


async def test_candidate_applies_is_interviewed_and_chooses_a_time(
    runtime: Runtime, client: httpx.AsyncClient, address: str, open_page: OpenPage
) -> None:
    firm = await make_workspace(runtime)
    await made(client, "/vacancies", {**VACANCY, "questions": QUESTIONS}, firm.headers)
    page, found = await open_page(phone=True, locale="ru", bypass_csp=True), list[str]()
    await page.goto(f"{address}/careers/{firm.slug}")
    await look(page, found)
    await page.get_by_role("link", name="Backend Developer").click()
    await expect(page.get_by_role("heading", name="Backend Developer")).to_be_visible()
    await look(page, found)
    await apply(page)
    await look(page, found)
    await page.get_by_role("button", name="Отправить").click()
    await page.wait_for_url(re.compile("/interview$"))
    await look(page, found)
    await answer_all(page)
    await look(page, found)
    await offer_time(client, firm)
    await page.get_by_role("link", name="К моему отклику").click()
    await page.get_by_role("radio").check()
    await look(page, found)
    await page.get_by_role("button", name="Выбрать это время").click()
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="В календарь").click()
    assert (await saved.value).suggested_filename == "meeting.ics"
    assert found == []


async def offer_time(client: httpx.AsyncClient, firm: MadeWorkspace) -> None:
    """Offer a time to the one who applied."""
    (response,) = (await client.get("/responses", headers=firm.headers)).json()
    assert response["status"] == "review"
    times = {"slots": [{"starts_at": "2090-05-01T10:00:00Z"}], "zone": "Europe/Moscow"}
    offered = await client.post(
        f"/responses/{response['id']}/slots", json=times, headers=firm.headers
    )
    assert offered.status_code == 201
