"""Files at the widget: chosen, pasted and dropped, sent, and those that people answer with; and when people are back."""

from uuid import uuid4

import httpx
import pytest
from playwright.async_api import FilePayload, Page, expect

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import ScheduleDraft
from tests.kernel.files.samples import photo
from tests.web.axe import violations
from tests.web.conftest import OpenPage
from tests.web.shop import Shop, visit

pytestmark = pytest.mark.browser

API = "/api/v1"
_GIVE = """(box, [kind, name, data]) => {
  const files = new DataTransfer();
  files.items.add(new File([data], name, { type: "text/plain" }));
  const how = { bubbles: true, cancelable: true, composed: true };
  box.dispatchEvent(kind === "drop" ? new DragEvent(kind, { ...how, dataTransfer: files })
    : new ClipboardEvent(kind, { ...how, clipboardData: files }));
}"""


async def give(page: Page, kind: str, name: str, data: str) -> None:
    """Paste or drop a file into the widget."""
    box = page.get_by_role("textbox", name="Напишите сообщение")
    await box.evaluate(_GIVE, [kind, name, data])


async def answer_with_file(shop: Shop, address: str, runtime: Runtime) -> None:
    """Answer the only dialog with a file and no words, as its owner."""
    async with runtime.db.fast.acquire(shop.made.id) as conn:
        chat = await conn.fetchval("SELECT id FROM conversation")
    headers = shop.made.headers
    async with httpx.AsyncClient(base_url=address) as client:
        file = await client.post(
            f"{API}/files/upload", files={"file": ("счёт.txt", b"Bill 17")}, headers=headers
        )
        reply = {"key": str(uuid4()), "attachments": [file.json()["id"]]}
        sent = await client.post(f"{API}/dialogs/{chat}/reply", json=reply, headers=headers)
        assert sent.status_code == 201, sent.text


async def choose_paste_and_drop(page: Page) -> None:
    """Give the widget five files and take two away, one of which was refused."""
    tray = page.get_by_role("list", name="Файлы к отправке")
    await page.locator('input[type="file"]').set_input_files(
        [
            FilePayload(name="cat.jpg", mimeType="image/jpeg", buffer=photo()),
            FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""),
        ]
    )
    failed = tray.get_by_role("listitem").filter(has_text="empty.txt")
    await expect(failed.get_by_role("alert")).not_to_be_empty()
    await page.get_by_role("button", name="Отправить", exact=True).click()
    await expect(failed).to_be_visible()
    await failed.get_by_role("button", name="Убрать empty.txt").click()
    await give(page, "paste", "список.txt", "Хлеб")
    await give(page, "drop", "notes.txt", "Some notes.")
    await expect(tray.get_by_role("listitem")).to_have_count(3)
    await tray.get_by_role("button", name="Убрать notes.txt").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Отправить", exact=True).click()
    await expect(tray).to_be_hidden()


async def test_visitor_sends_files_and_gets_one_on_a_phone(
    shop: Shop, address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page(phone=True, locale="ru", bypass_csp=True)
    await visit(shop, page)
    await choose_paste_and_drop(page)
    log = page.get_by_role("log")
    picture = log.get_by_role("button", name="Открыть cat.jpg")
    await expect(picture).to_have_attribute("data-shown", "")
    canvas = picture.locator("canvas")
    assert await canvas.evaluate("each => [each.width, each.height]") == [180, 240]
    await expect(log.get_by_role("button", name="список.txt")).to_be_visible()
    await expect(log).to_contain_text("Файлы я не читаю")
    await answer_with_file(shop, address, runtime)
    async with page.expect_download() as download:
        await log.get_by_role("button", name="счёт.txt").click()
    assert (await download.value).suggested_filename == "счёт.txt"
    await picture.click()
    await expect(page.get_by_role("img", name="cat.jpg")).to_be_visible()
    assert await violations(page) == []
    await page.reload()
    await expect(picture).to_have_attribute("data-shown", "")
    assert [each for each in complaints if "422" not in each] == []


async def test_visitor_reads_when_people_are_back_while_nobody_works(
    shop: Shop, runtime: Runtime, open_page: OpenPage
) -> None:
    tomorrow = (now().weekday() + 1) % 7
    week = tuple(((9 * 60, 18 * 60),) if day == tomorrow else () for day in range(7))
    draft = ScheduleDraft(name="Пекарня", zone="UTC", week=week)
    async with runtime.db.fast.transaction(shop.made.id) as conn:
        await hours.create_schedule(conn, draft, by=shop.made.owner.actor_id)
    page = await open_page(locale="ru")
    await visit(shop, page)
    local = await page.evaluate(
        """() => { const at = new Date(); at.setUTCDate(at.getUTCDate() + 1); at.setUTCHours(9, 0, 0, 0);
        return at.toLocaleString("ru", { weekday: "long", hour: "numeric", minute: "2-digit" }); }"""
    )
    await expect(page.get_by_text(f"Люди вернутся: {local}")).to_be_visible()
