"""What the widget does beside talking: asks first, shows the queue, promises an answer, obeys the page's own script."""

import time
from uuid import UUID

import jwt
import pytest
from playwright.async_api import Locator, Page, expect

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.core.security import puzzle as work
from besedka.kernel.conversations.types import ConversationId
from besedka.products.inbox import service as inbox
from besedka.products.widget import service as widgets
from besedka.products.widget.service import puzzle
from besedka.products.widget.types import Look, Options, Place
from tests.fakes.jobs import eventually
from tests.kernel.realtime.rooms import say_as_staff
from tests.web.axe import violations
from tests.web.conftest import OpenPage
from tests.web.shop import Shop, answer_as_operator, ask, visit
from tests.web.test_widget import another_site, site_with

pytestmark = pytest.mark.browser

FORM = {
    "name": "required", "email": "required", "choice": "optional", "choice_label": "О чём?", "choices": ["Заказ"],
    "consent": {"ru": "Я согласен на обработку", "en": "I agree"}, "consent_url": "https://shop.example/privacy",
}  # fmt: skip


async def change(runtime: Runtime, shop: Shop, **options: object) -> Place:
    """Change the options of the widget on the sample site."""
    place = await widgets.first_place(runtime, shop.made.slug)
    assert place is not None
    return await widgets.change_place(
        runtime, shop.made.id, place.id, look=Look(place.name, place.accent, ()),
        options=Options.model_validate(options),
    )  # fmt: skip


async def test_visitor_fills_the_form_waits_and_leaves_an_address_on_a_phone(
    shop: Shop, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    await change(runtime, shop, form=FORM)
    visitor = await open_page(phone=True, dark=True, locale="ru", bypass_csp=True)
    await visit(shop, visitor)
    await expect(visitor.get_by_role("textbox", name="Напишите сообщение")).to_be_hidden()
    begin = visitor.get_by_role("button", name="Начать разговор")
    await visitor.get_by_label("Имя").fill("Анна")
    await visitor.get_by_label("Почта").fill("anna@example.com")
    await visitor.get_by_label("О чём?").select_option("Заказ")
    await visitor.get_by_label("Я согласен на обработку").check()
    assert await violations(visitor) == []
    async with runtime.db.fast.transaction(shop.made.id) as conn:
        await conn.execute("UPDATE widget_visitor SET created_at = now() - interval '1 minute'")
    await begin.click()
    await expect(begin).to_be_hidden()
    await visitor.get_by_role("button", name="Позвать человека").click()
    await expect(visitor.get_by_text("Вы следующий")).to_be_visible()
    await visitor.get_by_label("Почта или телефон").fill("anna@example.com")
    await visitor.get_by_role("button", name="Оставить").click()
    await expect(visitor.get_by_role("log")).to_contain_text("ответ придёт на anna@example.com")
    await expect(visitor.get_by_label("Почта или телефон")).to_be_hidden()
    await visitor.get_by_role("button", name="Настройки").click()
    await visitor.get_by_role("switch", name="Звук новых сообщений").check()
    await visitor.get_by_label("Отправить этот разговор на").fill("anna@example.com")
    assert await violations(visitor) == []
    await visitor.get_by_role("button", name="Отправить", exact=True).last.click()
    await expect(visitor.get_by_text("Отправлено.")).to_be_visible()
    await visitor.reload()
    await visitor.get_by_role("button", name="Настройки").click()
    await expect(visitor.get_by_role("switch", name="Звук новых сообщений")).to_be_checked()
    assert complaints == []


STUB = """
window.heard = [];
window.Besedka = { q: [] };
for (const name of ["open", "identify", "on"]) Besedka[name] = (...values) => Besedka.q.push([name, values]);
for (const name of ["ready", "open", "close", "unread", "handoff", "expired"]) {
  Besedka.on(name, (detail) => heard.push(name + (detail ? JSON.stringify(detail) : "")));
}
"""


async def heard(page: Page, what: str) -> None:
    async def find() -> bool | None:
        return await page.evaluate(f"heard.includes({what!r})") or None

    await eventually(find, within=20)


async def sign(runtime: Runtime, shop: Shop, place: Place) -> str:
    """Say who the visitor is, as the site's server does."""
    secret = await widgets.rotate_secret(
        runtime, shop.made.id, place.id, by=shop.made.owner.actor_id
    )
    claims = {"sub": "7", "name": "Анна", "exp": int(time.time()) + 600}
    return jwt.encode(claims, secret, "HS256")


async def is_named(runtime: Runtime, shop: Shop) -> bool | None:
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        return bool(await conn.fetchval("SELECT 1 FROM contact WHERE name = 'Анна'")) or None


async def test_page_says_who_its_visitor_is_until_that_ends_and_logs_them_out(
    shop: Shop, address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await change(runtime, shop, launcher={"ru": "Спросить", "en": "Ask"})
    token = await sign(runtime, shop, place)
    line = (
        f'<script>{STUB}Besedka.identify("{token}");Besedka.open();</script>'
        f'<script src="{address}/widget.js" data-key="{place.public_key}" async></script>'
    )
    content = site_with(line).replace('lang="ru"', 'lang="ru" dir="rtl"')
    page = await open_page(locale="ru")
    await page.clock.install()
    async with another_site(content, f"script-src 'unsafe-inline' {address}") as site:
        await page.goto(site)
        for event in ("ready", "open"):
            await heard(page, event)
        await eventually(lambda: is_named(runtime, shop), within=20)
        await speak_and_leave(page)
    assert [each for each in complaints if "403" not in each] == []


async def speak_and_leave(page: Page) -> None:
    """Talk as whom the site named, have a forged name refused, and go."""
    log = page.get_by_role("log")
    box = await page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] == 20  # at the left on a page that is read from right to left
    await ask(page, "Позовите человека")
    await heard(page, "handoff")
    code = await page.evaluate("Besedka.identify('forged').catch((error) => error.code)")
    assert code == "identity_forged"
    await expect(log).to_contain_text("Позовите человека")
    await page.evaluate("Besedka.set({ locale: 'en', theme: 'dark', attributes: { plan: 'pro' } })")
    await expect(page.get_by_role("textbox", name="Write a message")).to_be_visible()
    await page.clock.fast_forward(605_000)
    await heard(page, "expired")
    await expect(log).to_contain_text("Позовите человека")
    await page.clock.fast_forward(60_000)
    await expect(log).not_to_contain_text("Позовите человека")
    await page.evaluate("Besedka.reset()")
    await page.evaluate("Besedka.toggle()")
    await heard(page, "close")
    await expect(page.get_by_role("button", name="Open chat")).to_contain_text("Ask")


async def test_visitor_rates_a_conversation_that_a_person_ended_and_sees_the_next_one_begin(
    shop: Shop, address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    visitor = await open_page(locale="ru", bypass_csp=True)
    await visit(shop, visitor)
    await visitor.get_by_role("button", name="Позвать человека").click()
    operator = await open_page(locale="ru")
    await answer_as_operator(shop, address, operator, "Всё верно")
    log, score = visitor.get_by_role("log"), visitor.get_by_role("radio", name="4 из 5")
    await expect(log).to_contain_text("Всё верно")
    await expect(visitor.get_by_role("button", name="Человек ответит здесь")).to_be_hidden()
    await operator.get_by_role("button", name="Решено").click()
    await expect(score).to_be_attached()
    await visitor.get_by_role("button", name="Закрыть чат").click()
    await visitor.reload()
    await visitor.get_by_role("button", name="Открыть чат").click()
    await rate(visitor, score)
    standing = operator.locator("bsd-standing")
    await expect(standing).to_contain_text("Быстро")
    await expect(standing).to_contain_text("★★★★☆")
    await operator.goto(f"{address}/w/{shop.made.slug}/dashboard/analytics/ratings")
    await expect(operator.get_by_role("main")).to_contain_text("Быстро")
    await visitor.reload()
    await expect(log).to_contain_text("Разговор завершён")
    await rate_again(visitor, score)
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        contact = ActorId(await conn.fetchval("SELECT contact_id FROM widget_visitor"))
    await inbox.start(
        runtime, shop.made.id, contact=contact, person=shop.made.owner.actor_id, body="Ваш заказ готов"
    )  # fmt: skip
    await expect(log).to_contain_text("Ваш заказ готов")
    await expect(log).not_to_contain_text("Всё верно")
    assert complaints == []


async def rate(visitor: Page, score: Locator) -> None:
    """Rate with a word more, and think better of it."""
    await visitor.get_by_role("radio", name="1 из 5").check(force=True)
    await visitor.get_by_label("Пару слов").fill("Быстро")
    assert await violations(visitor) == []
    send = visitor.get_by_role("button", name="Отправить", exact=True).first
    await send.click()
    await expect(visitor.get_by_text("Спасибо!")).to_be_visible()
    await visitor.get_by_role("button", name="Изменить").click()
    await score.check(force=True)
    await send.click()
    await expect(visitor.get_by_text("Спасибо!")).to_be_visible()


async def rate_again(visitor: Page, before: Locator) -> None:
    """Think better of it once more, after a reload."""
    await visitor.get_by_role("button", name="Изменить").click()
    await expect(before).to_be_checked()
    await visitor.get_by_role("radio", name="5 из 5").check(force=True)
    await visitor.get_by_role("button", name="Отправить", exact=True).first.click()
    await expect(visitor.get_by_text("Ваша оценка: 5 из 5")).to_be_visible()


async def test_visitor_solves_the_puzzle_unseen_and_sees_what_came_while_away(
    shop: Shop, runtime: Runtime, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puzzle, "CALM_PER_MINUTE", 1)
    monkeypatch.setattr(work, "LEAST_BITS", 8)
    for number in range(3):
        visitor = await open_page(locale="ru")
        await visit(shop, visitor)
        await ask(visitor, f"Позовите человека {number}")
        await expect(visitor.locator(".mine")).not_to_have_class("m mine wait")
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM conversation") == 3
        assert await conn.fetchval("SELECT count(*) FROM widget_visitor WHERE proved_until > now()")
    await visitor.get_by_role("button", name="Закрыть чат").click()
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        newest = await conn.fetchval("SELECT max(id::text) FROM conversation")
    await say_as_staff(runtime, shop.made, ConversationId(UUID(newest)), "Здравствуйте!")
    for _ in range(2):
        await expect(visitor.get_by_role("button", name="Непрочитанных: 1")).to_be_visible()
        await visitor.reload()
