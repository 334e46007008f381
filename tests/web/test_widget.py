"""The widget and the inbox as people use them: a question, its source, a person, and a bad connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.products.widget import service as widgets
from tests.factories import MadeWorkspace, make_workspace
from tests.web.axe import violations
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

DELIVERY = (
    "# Доставка\n\nДоставка по городу занимает один-два дня. Заказы от 3000 рублей мы доставляем бесплатно, "
    "до этой суммы доставка стоит 250 рублей.\n\n# Самовывоз\n\nЗаказ ждёт в пекарне на Садовой улице пять дней.\n"
)
QUESTION = "Сколько стоит доставка заказа по городу?"


@dataclass(frozen=True)
class Shop:
    """A company with an assistant that knows one page."""

    made: MadeWorkspace
    demo: str


@pytest.fixture
async def shop(runtime: Runtime, address: str) -> Shop:
    made = await make_workspace(runtime)
    async with runtime.db.fast.transaction(made.id) as conn:
        assistant = await answers.create_assistant(
            conn, name="Колос", author=made.owner.actor_id, locale="ru"
        )
        await knowledge.add_text(conn, assistant.collection_id, body=DELIVERY, title="Доставка")
    async with runtime.db.orm.session(made.id) as session:
        widgets.create_widget(session, made.id, assistant.id, name="Колос")
    return Shop(made, f"{address}/w/{made.slug}/demo")


async def ask(page: Page, words: str) -> None:
    box = page.get_by_role("textbox", name="Напишите сообщение")
    await box.fill(words)
    await box.press("Enter")


async def visit(shop: Shop, page: Page) -> None:
    await page.goto(shop.demo)
    await page.get_by_role("button", name="Открыть чат").click()


async def log_in(shop: Shop, address: str, page: Page) -> None:
    await page.goto(f"{address}/login")
    await page.locator("[name=email]").fill(shop.made.owner.email)
    await page.locator("[name=password]").fill(shop.made.owner.password)
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/dashboard**")


async def test_visitor_gets_a_cited_answer_and_a_person_who_stays_after_a_reload(
    shop: Shop, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    await visit(shop, visitor)
    await ask(visitor, QUESTION)
    await visitor.get_by_role("button", name="Источник 1: Доставка").first.click()
    await expect(visitor.locator("mark")).to_contain_text("250 рублей")
    await visitor.keyboard.press("Escape")
    await visitor.get_by_role("button", name="Позвать человека").click()
    await expect(visitor.get_by_role("button", name="Человек ответит здесь")).to_be_disabled()

    operator = await open_page(locale="ru")
    await log_in(shop, address, operator)
    await operator.goto(f"{address}/w/{shop.made.slug}/dashboard/inbox")
    await operator.locator("bsd-inbox a.item").first.click()
    await expect(operator.get_by_role("log")).to_contain_text(QUESTION)
    await operator.locator("bsd-composer textarea").fill("Здравствуйте! Это **Ольга**.")
    await operator.keyboard.press("Enter")

    await expect(visitor.get_by_role("log")).to_contain_text("Здравствуйте! Это Ольга.")
    await ask(visitor, "Спасибо!")
    await expect(operator.get_by_role("log")).to_contain_text("Спасибо!")
    await visitor.reload()
    await expect(visitor.get_by_role("log")).to_contain_text("Это Ольга.")
    assert complaints == []


async def test_what_is_written_without_a_network_arrives_once(
    shop: Shop, open_page: OpenPage
) -> None:
    visitor = await open_page(locale="ru")
    await visit(shop, visitor)
    await ask(visitor, QUESTION)
    await expect(visitor.locator(".cite").first).to_be_visible()
    await visitor.context.set_offline(True)
    await ask(visitor, "Я ещё здесь")
    await expect(visitor.get_by_text("Не отправлено")).to_be_visible()
    await visitor.context.set_offline(False)
    await expect(visitor.get_by_text("Не отправлено")).to_be_hidden(timeout=20_000)
    await visitor.reload()
    await expect(visitor.get_by_text("Я ещё здесь")).to_have_count(1)


@asynccontextmanager
async def another_site(content: str, policy: str) -> AsyncIterator[str]:
    """Serve one page from an origin of its own; yields its address."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: {policy}\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write((head + content).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_widget_works_on_another_site_under_a_strict_policy(
    shop: Shop, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    await visitor.goto(shop.demo)
    key = await visitor.locator("script[data-key]").get_attribute("data-key")
    script = f'<script src="{address}/widget.js" data-key="{key}" async></script>'
    content = f'<!doctype html><html lang="ru"><link rel="icon" href="data:,"><body>{script}</body></html>'
    policy = (
        f"default-src 'none'; script-src {address}; connect-src {address} {address.replace('http', 'ws')};"
        " img-src data:; require-trusted-types-for 'script'"
    )
    async with another_site(content, policy) as site:
        await visitor.goto(site)
        await visitor.get_by_role("button", name="Открыть чат").click()
        await ask(visitor, QUESTION)
        await visitor.get_by_role("button", name="Источник 1: Доставка").first.click()
        await expect(visitor.locator("mark")).to_contain_text("250 рублей")
    assert complaints == []


async def test_widget_and_inbox_are_accessible_on_a_phone_in_the_dark(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    visitor = await open_page(phone=True, dark=True, locale="ru", bypass_csp=True)
    await visit(shop, visitor)
    await ask(visitor, QUESTION)
    await expect(visitor.locator(".cite").first).to_be_visible()
    assert await violations(visitor) == []
    operator = await open_page(dark=True, locale="ru", bypass_csp=True)
    await log_in(shop, address, operator)
    await operator.goto(f"{address}/w/{shop.made.slug}/dashboard/inbox?state=pending")
    await operator.locator("bsd-inbox a.item").first.click()
    await expect(operator.get_by_role("log")).to_contain_text(QUESTION)
    assert await violations(operator) == []
