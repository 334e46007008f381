"""The widget and the inbox as people use them: a question, its source, a person, and a bad connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Locator, Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    EVERYTHING,
    MODERATES,
    STAFF_READS,
    STAFF_WRITES,
    ConversationId,
)
from tests.kernel.realtime.rooms import Staff, say_as_staff
from tests.web.axe import violations
from tests.web.conftest import OpenPage
from tests.web.shop import QUESTION, Shop, answer_as_operator, ask, log_in, visit

pytestmark = pytest.mark.browser


async def test_visitor_gets_a_cited_answer_and_a_person_who_stays_after_a_reload(
    shop: Shop, address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
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

    log = visitor.get_by_role("log")
    await expect(log).to_contain_text("Здравствуйте! Это Ольга.")
    await ask(visitor, "Спасибо!")
    await expect(operator.get_by_role("log")).to_contain_text("Спасибо!")
    await expect(log).to_contain_text("Теперь отвечает")
    await visitor.reload()
    await expect(log).to_contain_text("Это Ольга.")
    await expect(log.get_by_text("Теперь отвечает")).to_have_count(1)
    async with runtime.db.fast.transaction(shop.made.id) as conn:
        chat = ConversationId(await conn.fetchval("SELECT id FROM conversation"))
        await answers.resolve(runtime, conn, chat)
    await expect(log).to_contain_text("Разговор завершён")
    await ask(visitor, QUESTION)
    await expect(log).not_to_contain_text("Разговор завершён")
    assert complaints == []


async def test_visitor_sees_edits_and_deletions(
    shop: Shop, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    await visit(shop, visitor)
    await ask(visitor, QUESTION)
    await expect(visitor.locator(".cite").first).to_be_visible()
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        chat = ConversationId(await conn.fetchval("SELECT id FROM conversation"))
    caller = Staff(shop.made.owner.actor_id, frozenset({STAFF_READS, STAFF_WRITES, MODERATES}))
    answer = await say_as_staff(runtime, shop.made, chat, "Доставим завтра")
    log = visitor.get_by_role("log")
    await expect(log).to_contain_text("Доставим завтра")
    async with runtime.db.fast.transaction(shop.made.id) as conn:
        await conversations.edit_message(
            runtime, conn, answer.id, caller=caller, body="Доставим **сегодня**"
        )
    await expect(log).to_contain_text("Доставим сегодня")
    await expect(log).to_contain_text("изменено")
    await expect(log).not_to_contain_text("завтра")
    async with runtime.db.fast.transaction(shop.made.id) as conn:
        first = (await conversations.page(conn, chat, viewer=EVERYTHING, after_seq=0, limit=1))[0]
        for message in (answer, first):
            await conversations.delete_message(runtime, conn, message.id, caller=caller)
    await expect(log.get_by_text("Сообщение удалено")).to_have_count(2)
    await expect(log).not_to_contain_text("сегодня")
    await expect(log).not_to_contain_text(QUESTION)
    await visitor.reload()
    await expect(log.get_by_text("Сообщение удалено")).to_have_count(2)
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
    await expect(visitor.get_by_text("Ждёт связи")).to_be_visible()
    await expect(visitor.get_by_role("alert")).to_have_count(0)
    await visitor.context.set_offline(False)
    await expect(visitor.get_by_text("Ждёт связи")).to_be_hidden(timeout=20_000)
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


def site_with(script: str, style: str = "") -> str:
    """A customer's page with the widget's line, and rules of its own."""
    sheet = f"<style>{style}</style>" if style else ""
    return f'<!doctype html><html lang="ru"><link rel="icon" href="data:,">{sheet}<body>{script}</body></html>'


async def script_of(shop: Shop, address: str, page: Page) -> str:
    await page.goto(shop.demo)
    key = await page.locator("script[data-key]").get_attribute("data-key")
    return f'<script src="{address}/widget.js" data-key="{key}" async></script>'


async def test_widget_works_on_another_site_under_a_strict_policy(
    shop: Shop, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    content = site_with(await script_of(shop, address, visitor))
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


async def test_person_called_before_the_first_word_is_heard_live(
    shop: Shop, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    await visit(shop, visitor)
    await visitor.get_by_role("button", name="Позвать человека").click()
    await expect(visitor.get_by_role("log")).to_contain_text("Зову человека")
    called = visitor.get_by_role("button", name="Человек ответит здесь")
    await expect(called).to_be_disabled()
    await expect(called).to_be_focused()
    operator = await open_page(locale="ru")
    await answer_as_operator(shop, address, operator, "Здравствуйте, чем помочь?")
    await expect(visitor.get_by_role("log")).to_contain_text("чем помочь?")
    assert complaints == []


HOSTILE_RULES = (
    "div{position:relative;transform:translate(0,900px);opacity:.1;width:0;padding:90px;display:none!important}"
    "*{font-size:30px!important;color:red!important;--paper:red;--ink:red;letter-spacing:1em!important}"
    "div::before{content:'x';display:block;height:500px}"
)


async def test_rules_of_the_customers_page_leave_the_widget_as_it_is(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    visitor = await open_page(locale="ru")
    content = site_with(await script_of(shop, address, visitor), HOSTILE_RULES)
    async with another_site(content, f"script-src {address}") as site:
        await visitor.goto(site)
        await visitor.get_by_role("button", name="Открыть чат").click()
        panel = visitor.get_by_role("dialog")
        await panel.evaluate("e => Promise.all(e.getAnimations().map(each => each.finished))")
        box = await panel.bounding_box()
        assert box is not None
        assert (round(box["x"] + box["width"]), round(box["y"] + box["height"])) == (1260, 780)
        style = await panel.locator(".m").first.evaluate(
            "e => { const s = getComputedStyle(e); return [s.fontSize, s.color, s.letterSpacing] }"
        )
        assert style == ["15px", "rgb(43, 39, 35)", "normal"]


async def top_within(outer: Locator, inner: Locator) -> float:
    """How far below the upper edge of one element another begins."""
    boxes = await outer.bounding_box(), await inner.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    return boxes[1]["y"] - boxes[0]["y"]


async def test_long_answer_is_shown_from_its_beginning_and_a_growing_field_covers_nothing(
    shop: Shop, address: str, open_page: OpenPage
) -> None:
    visitor = await open_page(locale="ru")
    await visit(shop, visitor)
    await visitor.get_by_role("button", name="Позвать человека").click()
    await expect(visitor.get_by_role("log")).to_contain_text("Зову человека")
    operator = await open_page(locale="ru")
    await answer_as_operator(shop, address, operator, "Слушайте. " + "Длинный рассказ. " * 200)
    scroll, story = visitor.locator(".scroll").first, visitor.locator(".m", has_text="Слушайте.")
    await expect(story).to_be_visible()
    assert 0 <= await top_within(scroll, story) < 40

    await ask(visitor, "Спасибо, понятно")
    mine = visitor.locator(".mine", has_text="Спасибо, понятно")
    await expect(mine).to_be_in_viewport()
    await visitor.get_by_role("textbox", name="Напишите сообщение").fill("строка\n" * 6)
    await expect(mine).to_be_in_viewport(ratio=0.99)


async def test_example_of_the_sample_site_asks_the_widget(
    shop: Shop, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru")
    await visitor.goto(shop.demo)
    await visitor.get_by_role("button", name="Открыть чат").wait_for()
    await visitor.get_by_role("button", name="Сколько стоит доставка?").click()
    await expect(visitor.get_by_role("log")).to_contain_text("Сколько стоит доставка?")
    await expect(visitor.locator(".cite").first).to_be_visible()
    assert complaints == []
