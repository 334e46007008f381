"""A company with an assistant, and what people do at its widget and in its inbox."""

from dataclasses import dataclass

from playwright.async_api import Page

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.products.widget import service as widgets
from tests.factories import Made, MadeWorkspace, make_workspace

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


async def open_shop(runtime: Runtime, address: str) -> Shop:
    """Make the company, its assistant, what that knows, and a widget."""
    made = await make_workspace(runtime)
    async with runtime.db.fast.transaction(made.id) as conn:
        assistant = await answers.create_assistant(
            conn, name="Колос", author=made.owner.actor_id, locale="ru"
        )
        await knowledge.add_text(conn, assistant.collection_id, body=DELIVERY, title="Доставка")
    async with runtime.db.orm.session(made.id) as session:
        await widgets.ensure_widget(session, made.id, assistant.id, name="Колос")
    return Shop(made, f"{address}/w/{made.slug}/demo")


async def ask(page: Page, words: str) -> None:
    """Write into the widget and send."""
    box = page.get_by_role("textbox", name="Напишите сообщение")
    await box.fill(words)
    await box.press("Enter")


async def visit(shop: Shop, page: Page) -> None:
    """Open the widget on the sample site."""
    await page.goto(shop.demo)
    await page.get_by_role("button", name="Открыть чат").click()


async def log_in(shop: Shop, address: str, page: Page, person: Made | None = None) -> None:
    """Log in as a person of the company, the owner unless told otherwise."""
    who = person or shop.made.owner
    await page.goto(f"{address}/login")
    await page.locator("[name=email]").fill(who.email)
    await page.locator("[name=password]").fill(who.password)
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/dashboard**")


async def answer_as_operator(shop: Shop, address: str, page: Page, words: str) -> None:
    """Open the newest dialog that waits, and reply."""
    await log_in(shop, address, page)
    await page.goto(f"{address}/w/{shop.made.slug}/dashboard/inbox")
    await page.locator("bsd-inbox a.item").first.click()
    await page.locator("bsd-composer textarea").fill(words)
    await page.keyboard.press("Enter")
