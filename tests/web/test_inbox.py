"""What an operator sees of dialogs: that somebody waits, who answers, what was written last."""

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from tests.factories import make_person
from tests.web.conftest import OpenPage
from tests.web.shop import QUESTION, Shop, answer_as_operator, ask, log_in, visit

pytestmark = pytest.mark.browser


async def call_person(page: Page) -> None:
    await page.get_by_role("button", name="Позвать человека").click()
    await expect(page.get_by_role("log")).to_contain_text("Зову человека")


async def test_operator_on_another_page_hears_that_somebody_waits(
    shop: Shop, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor, operator = await open_page(locale="ru"), await open_page(locale="ru")
    await log_in(shop, address, operator)
    home = f"{address}/w/{shop.made.slug}/dashboard"
    await operator.goto(f"{home}/settings")
    entry = operator.locator(".rail__jobs").get_by_role("link", name="Входящие")
    await expect(entry.locator("bsd-waiting")).to_be_hidden()
    title = await operator.title()
    await visit(shop, visitor)
    await call_person(visitor)
    await expect(entry).to_have_accessible_name("Входящие ждут: 1")
    await expect(operator).to_have_title(f"(1) {title}")
    await operator.reload()
    await expect(operator).to_have_title(f"(1) {title}")
    await operator.goto(f"{home}/inbox")
    await operator.locator("bsd-inbox a.item").first.click()
    await operator.get_by_role("button", name="Решено").click()
    await expect(entry.locator("bsd-waiting")).to_be_hidden()
    assert complaints == []


async def test_reply_shows_at_once_whose_the_dialog_is(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    visitor, operator = await open_page(locale="ru"), await open_page(locale="ru")
    await visit(shop, visitor)
    await call_person(visitor)
    await answer_as_operator(shop, address, operator, "Здравствуйте, **посмотрю**")
    about = operator.get_by_role("complementary")
    await expect(about).to_contain_text("ОтвечаетOlga Owner")
    await expect(about).to_contain_text("СостояниеУ человека")
    await expect(about).to_contain_text("Языкрусский")
    await expect(about.get_by_role("link", name=shop.demo)).to_be_visible()
    await expect(operator.locator("#dialog-head")).to_contain_text("У человека")
    await operator.locator("#dialog-head summary").click()
    await expect(operator.get_by_role("button", name="Взять себе")).to_have_count(0)
    await expect(operator.get_by_role("textbox")).to_have_attribute("placeholder", "Напишите ответ")
    row = operator.locator("bsd-inbox a.item")
    await expect(row).to_contain_text("Здравствуйте, посмотрю")


async def test_note_that_was_written_last_is_marked_in_the_list(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    visitor, operator = await open_page(locale="ru"), await open_page(locale="ru")
    await visit(shop, visitor)
    await call_person(visitor)
    await answer_as_operator(shop, address, operator, "Здравствуйте")
    await operator.get_by_role("button", name="Заметка").click()
    await operator.get_by_role("textbox").fill("Проверить на складе")
    await operator.keyboard.press("Enter")
    row = operator.locator("bsd-inbox a.item")
    await expect(row).to_contain_text("Заметка для коллег: Проверить на складе")
    await operator.reload()
    await expect(row).to_contain_text("Заметка для коллег: Проверить на складе")


async def test_colleague_reads_that_the_dialog_is_taken_and_nothing_was_sent(
    shop: Shop, address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    colleague = await make_person(runtime, shop.made)
    visitor, operator = await open_page(locale="ru"), await open_page(locale="ru")
    await visit(shop, visitor)
    await call_person(visitor)
    await answer_as_operator(shop, address, operator, "Здравствуйте")
    await expect(operator.get_by_role("complementary")).to_contain_text("Olga Owner")
    other = await open_page(locale="ru")
    here = operator.locator("[data-here]")
    await expect(here).to_have_text("На месте: 1")
    await log_in(shop, address, other, colleague)
    await other.goto(operator.url)
    await expect(here).to_have_text("На месте: 2")
    await other.locator("bsd-composer textarea").fill("А я отвечу так")
    await other.keyboard.press("Enter")
    refusal = other.get_by_role("alert")
    await expect(refusal).to_contain_text("уже отвечает Olga Owner. Ваш текст не отправлен.")
    await expect(refusal.get_by_role("button", name="Забрать и отправить")).to_be_visible()


async def test_toast_leaves_the_field_free(shop: Shop, address: str, open_page: OpenPage) -> None:
    visitor, operator = await open_page(locale="ru"), await open_page(locale="ru")
    await visit(shop, visitor)
    await ask(visitor, QUESTION)
    await call_person(visitor)
    await answer_as_operator(shop, address, operator, "Здравствуйте")
    await operator.get_by_role("button", name="Решено").click()
    toast, field = operator.locator("bsd-toast"), operator.locator("bsd-composer")
    await expect(toast).to_be_visible()
    boxes = await toast.bounding_box(), await field.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]


async def test_menu_of_a_person_is_within_a_phone(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    page = await open_page(phone=True, locale="ru")
    await log_in(shop, address, page)
    await page.locator(".rail__person summary").click()
    leave = page.get_by_role("button", name="Выйти")
    await expect(leave).to_be_in_viewport(ratio=1)
    await expect(page.locator(".rail__person .menu__list")).to_be_in_viewport(ratio=1)


async def test_words_of_the_rail_stay_whole(shop: Shop, address: str, open_page: OpenPage) -> None:
    for phone in (False, True):
        page = await open_page(phone=phone, locale="ru")
        await log_in(shop, address, page)
        lines = await page.locator(".rail__jobs .rail__link > span").evaluate_all(
            "all => all.map(each => each.getClientRects().length && each.offsetHeight / parseFloat(getComputedStyle(each).lineHeight))"
        )
        assert [round(count) for count in lines] == [1] * len(lines)
