"""Why an answer, its correction, the threshold and a gap, as people do it in a browser."""

import re

import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from tests.e2e.test_main_job import log_in
from tests.factories import make_workspace
from tests.products.assistants.places import make_assistant
from tests.products.training.test_training import ask
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser


async def test_operator_sees_why_and_corrects_the_answer(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    dialog = await ask(runtime, place, who, "Сколько стоит доставка по городу?")
    page = await open_page(locale="ru")
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}/w/{place.slug}/dashboard/inbox/{dialog.id}")
    await page.get_by_role("link", name="Почему так?").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Почему такой ответ")
    await expect(page.locator("main")).to_contain_text("Цитата из документов")
    assert await violations(page) == []
    await page.fill("#answer", "С понедельника 450 рублей.")
    await page.get_by_role("button", name="Запомнить ответ").click()
    await expect(page.locator("main")).to_contain_text("уже исправлен")
    assert complaints == []


async def test_owner_weighs_the_threshold_and_closes_a_gap_on_a_phone(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    await ask(runtime, place, who, "Сколько стоит доставка?", "Есть ли парковка для автобусов?")
    page = await open_page(phone=True, dark=True, locale="ru")
    await log_in(page, address, place.owner.email)
    home = f"{address}/w/{place.slug}/dashboard/assistants/{who.id}"
    await page.goto(f"{home}/threshold")
    await expect(page.locator("#weighed")).to_contain_text("ответит: 1")
    await page.locator("#value").fill("0")
    await expect(page.locator("#weighed")).to_contain_text("ответит: 2")
    assert not await overflows(page)
    assert await violations(page) == []
    await page.goto(f"{home}/gaps")
    await page.get_by_role("link", name=re.compile("парковка")).click()
    await page.fill("#answer", "Да, три места у ворот.")
    await page.get_by_role("button", name="Проверить на этих вопросах").click()
    await expect(page.locator("#replayed")).to_contain_text("Отвечает вашим ответом")
    assert not await overflows(page)
    assert await violations(page) == []
    await page.get_by_role("button", name="Опубликовать ответ").click()
    await expect(page.locator("main")).to_contain_text("Здесь пусто")
    assert complaints == []
