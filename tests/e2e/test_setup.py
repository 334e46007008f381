"""From signing up to the line for one's site, as a new owner does it."""

import re
from secrets import token_hex

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.knowledge.sites.manners import Manners
from tests.e2e.test_main_job import log_in
from tests.factories import make_workspace
from tests.fakes.site import fake_site, html, link
from tests.products.assistants.places import make_assistant
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

BROWSERS_ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"

SHOP = {
    "/": html(
        f"<article><p>Доставка по городу стоит 350 рублей.</p>{link('/jobs')}</article>",
        title="Магазин",
    ),
    "/jobs": html(
        "<article><p>Вакансия: нужен продавец самоваров.</p></article>", title="Вакансии"
    ),
}


async def sign_up(page: Page, address: str) -> None:
    await page.goto(f"{address}/signup")
    await page.fill("#name", "Нина Новая")
    await page.fill("#company", "Чайная")
    await page.fill("#email", f"nina-{token_hex(4)}@example.com")
    await page.fill("#password", "a long phrase")
    await page.click("form[action='/signup'] button.btn--primary")
    await page.wait_for_url(re.compile("/dashboard/"))


async def begin(page: Page) -> None:
    await page.goto(re.sub("/dashboard/.*", "/dashboard/assistants/new", page.url))
    await page.fill("#name", "Помощник")
    await page.get_by_role("button", name="Создать ассистента").click()


async def drop_file(page: Page) -> None:
    await page.set_input_files("bsd-upload .drop input[type=file]", {
        "name": "Гарантия.txt", "mimeType": "text/plain", "buffer": "Гарантия на чайник два года.".encode(),
    })  # fmt: skip
    await expect(page.locator("#sources")).to_contain_text("Фрагментов: 1")


async def take_in_site(page: Page, site: str) -> None:
    """Look a site over, leave a page of it out, and wait until the rest is read."""
    await page.get_by_role("navigation", name="Добавить").get_by_text("Сайт").click()
    await page.fill("#url", site)
    await page.get_by_role("button", name="Добавить", exact=True).click()
    await expect(page.locator("#sources")).to_contain_text("2 из 2")
    await page.locator("#sources a.item__title", has_text="127.0.0.1").click()
    await page.get_by_label("Вакансии").uncheck()
    await page.locator("#choice button").click()
    twice = re.compile("Фрагментов: 1.*Фрагментов: 1", re.DOTALL)
    await expect(page.locator("#sources")).to_contain_text(twice)


async def ask(page: Page, question: str, *, said: str) -> None:
    await page.fill("#question", question)
    await page.get_by_role("button", name="Спросить").click()
    await expect(page.locator("#answer")).to_contain_text(said)


async def test_new_owner_goes_from_signing_up_to_the_line_for_the_site(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    runtime.get(Manners).pause = 0.0
    page = await open_page(locale="ru")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await sign_up(page, address)
    await begin(page)
    await drop_file(page)
    async with fake_site(SHOP) as site:
        await take_in_site(page, site)
    await page.get_by_role("link", name="Дальше: проба").click()
    await ask(page, "Сколько стоит доставка?", said="350 рублей")
    await ask(page, "Нужен ли продавец?", said="Не знает")
    await page.get_by_role("link", name="Дальше: вид").click()
    await page.fill("#accent", "#aa3355")
    await page.fill("#greeting_ru", "Чаю?")
    await expect(page.locator("#zone")).to_be_hidden()
    await page.get_by_text("По будням с 9 до 18").click()
    await expect(page.locator("#zone")).to_have_value(await page.evaluate(BROWSERS_ZONE))
    await page.get_by_role("button", name="Сохранить и дальше").click()
    await page.locator("bsd-copy button").click()
    copied = await page.evaluate("navigator.clipboard.readText()")
    key = re.search(r'data-key="([^"]+)"', copied)
    assert key is not None
    await page.go_back()
    await expect(page.locator("#greeting_ru")).to_have_value("Чаю?")
    await page.reload()
    await expect(page.get_by_label("По будням с 9 до 18")).to_be_checked()
    await page.goto(f"{address}/demo?key={key[1]}")
    await page.locator("button.bubble").click()
    await expect(page.get_by_role("log")).to_contain_text("Чаю?")
    assert complaints == []


async def test_knowledge_pages_are_accessible_and_fit_a_phone(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    place = await make_workspace(runtime)
    who = await make_assistant(runtime, place)
    page = await open_page(phone=True, dark=True, locale="ru", bypass_csp=True)
    await log_in(page, address, place.owner.email)
    home = f"{address}/w/{place.slug}/dashboard/assistants/{who.id}"
    await page.goto(home)
    await page.locator("#sources a.item__title").first.click()
    await page.locator("article.card a").first.click()
    passage = page.url
    for path in (
        home, passage, passage.partition("/passages/")[0], f"{home}/search?q=доставка", f"{home}/trash",
        f"{home}/setup/sources", f"{home}/setup/try", f"{home}/setup/look", f"{home}/setup/install",
    ):  # fmt: skip
        await page.goto(path)
        assert await violations(page) == [], path
        assert not await overflows(page), path
