"""An operator and the help beside a dialog, in a browser."""

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from tests.fakes.llm import FakeLlm, Say
from tests.products.copilot.scenes import QUESTION, Scene, cited, connect, open_scene
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page
from tests.web.shop import Shop, log_in

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser


async def _open(scene: Scene, address: str, page: Page) -> None:
    await log_in(Shop(scene.place, ""), address, page)
    await page.goto(f"{address}/dashboard/inbox/{scene.dialog}")


async def _translate_and_sum_up(page: Page, model: FakeLlm) -> None:
    model.default = Say("How much is delivery?")
    await page.locator(".msg").first.hover()
    await page.locator(".msg__more").first.click()
    await page.get_by_role("button", name="Перевести").click()
    await expect(page.locator(".copilot__text")).to_have_text("How much is delivery?")
    model.default = Say("– Спрашивает о цене доставки.")
    about = page.get_by_role("complementary")
    await about.get_by_role("button", name="Рассказать коротко").click()
    await expect(about.locator(".summary__body")).to_have_text("– Спрашивает о цене доставки.")


async def test_reply_is_suggested_reworded_taken_back_and_sent_by_hand(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    scene = await open_scene(runtime)
    async with FakeLlm() as model:
        await connect(runtime, scene.place, model)
        page = await open_page(locale="ru", bypass_csp=True)
        await _open(scene, address, page)
        box, menu = page.locator("bsd-composer textarea"), page.locator("bsd-copilot summary")
        model.respond = cited
        await menu.click()
        await page.get_by_role("button", name="Предложить ответ").click()
        await expect(box).to_have_value("Доставка стоит 350 рублей.")
        await expect(page.locator("bsd-copilot")).to_contain_text("Черновик по вашим документам")
        await expect(
            page.locator("bsd-copilot").get_by_role("link", name="Доставка")
        ).to_be_visible()
        model.respond = None
        model.default = Say("Конечно! Доставка — 350 рублей.")
        await menu.click()
        assert await violations(page) == []
        await page.get_by_role("button", name="Дружелюбнее").click()
        await expect(box).to_have_value("Конечно! Доставка — 350 рублей.")
        await page.get_by_role("button", name="Вернуть мой текст").click()
        await expect(box).to_have_value("Доставка стоит 350 рублей.")
        await _translate_and_sum_up(page, model)
        await expect(page.locator(".msg")).to_have_count(2)
        await box.press("Enter")
        await expect(page.locator(".msg")).to_have_count(3)
    assert complaints == []


async def test_without_a_model_only_quoting_is_offered_on_a_phone(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    scene = await open_scene(runtime)
    page = await open_page(phone=True, dark=True)
    await _open(scene, address, page)
    await expect(page.get_by_role("log")).to_contain_text(QUESTION)
    await page.locator("bsd-copilot summary").click()
    await expect(page.locator("bsd-copilot .menu__item")).to_have_count(1)
    await page.get_by_role("button", name="Quote from the documents").click()
    await expect(page.locator("bsd-composer textarea")).to_have_value(
        "Доставка по городу стоит 350 рублей. При заказе от 5000 рублей доставка бесплатна."
    )
    await expect(page.locator("bsd-copilot")).to_contain_text("there is no model")
    assert not await overflows(page)
    assert await page.locator("#copilot-summary").count() == 0
    assert complaints == []
