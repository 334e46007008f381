"""Shared collections as an owner makes and uses them in a browser."""

import pytest
from playwright.async_api import FilePayload, Page, expect

from besedka.core.runtime import Runtime
from tests.e2e.test_main_job import log_in
from tests.factories import make_workspace
from tests.products.assistants.places import make_assistant
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser


async def test_collection_is_made_filled_and_deleted_on_a_phone(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    await make_assistant(runtime, place)
    page = await open_page(phone=True, locale="ru")
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}/w/{place.slug}/dashboard/assistants")
    await page.get_by_role("link", name="Общие базы знаний").click()
    assert await violations(page) == []
    await page.get_by_label("Название").fill("Доставка и оплата")
    await page.get_by_role("checkbox", name="Помощник").check()
    await page.get_by_role("button", name="Создать").click()
    await page.locator(".fold summary").click()
    assert await violations(page) == []
    assert not await overflows(page)
    await _fill(page)
    await page.get_by_role("link", name="Свои документы").click()
    await expect(page.locator("#sources")).not_to_contain_text("Оплатить")
    await page.locator("#shared summary").click()
    assert await violations(page) == []
    await page.get_by_role("link", name="Общие базы знаний").click()
    await page.locator(".fold summary").click()
    await page.get_by_role("button", name="Удалить базу").click()
    await expect(page.get_by_text("Базой «Доставка и оплата» пользуются")).to_be_visible()
    await page.get_by_role("button", name="Всё равно удалить").click()
    await expect(page.get_by_role("heading", name="Удалённые базы")).to_be_visible()
    assert complaints == []


async def _fill(page: Page) -> None:
    """Add files and a text to the collection, on the page of an assistant that uses it."""
    await page.get_by_role("link", name="Документы").click()
    await expect(
        page.locator(".tab[aria-current=page]", has_text="Доставка и оплата")
    ).to_be_visible()
    files = [
        FilePayload(
            name=f"{each}.txt", mimeType="text/plain", buffer=f"{each} в понедельник.".encode()
        )
        for each in ("Доставка", "Возврат")
    ]
    await page.locator("bsd-upload .drop input[type=file]").set_input_files(files)
    told = page.locator("bsd-upload [role=status]")
    for each in files:
        await expect(told).to_contain_text(each["name"])
    await page.get_by_role("link", name="Текст").click()
    await page.fill("#body", "Оплатить можно картой или по счёту.")
    await page.get_by_role("button", name="Добавить").click()
    await expect(page.locator("#sources")).to_contain_text("Оплатить можно картой")
    assert await violations(page) == []
    assert not await overflows(page)
