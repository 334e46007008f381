"""Files in a dialog: chosen, pasted or dropped, sent with or without words, shown in their size."""

import pytest
from playwright.async_api import FilePayload, expect

from tests.kernel.files.samples import photo
from tests.web.axe import violations
from tests.web.test_deeds import OpenDesk, open_desk

__all__ = ["open_desk"]

pytestmark = pytest.mark.browser

_DROP = """(data) => {
  const files = new DataTransfer();
  files.items.add(new File([data], "notes.txt", { type: "text/plain" }));
  document.querySelector("bsd-composer textarea").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files }));
}"""


async def test_operator_sends_files_which_are_shown_in_their_size(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk()
    page = desk.page
    tray = page.get_by_role("list", name="Files")
    await page.locator('input[type="file"]').set_input_files(
        [
            FilePayload(name="cat.jpg", mimeType="image/jpeg", buffer=photo()),
            FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""),
        ]
    )
    failed = tray.get_by_role("listitem").filter(has_text="empty.txt")
    await expect(failed.get_by_role("button", name="Try again")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(tray).to_be_visible()
    await failed.get_by_role("button", name="Remove empty.txt").click()
    await page.evaluate(_DROP, "Some notes.")
    await expect(tray.get_by_role("listitem")).to_have_count(2)
    assert await violations(page) == []
    await page.get_by_role("textbox").press("Enter")
    picture = desk.log.get_by_role("img", name="cat.jpg")
    await expect(picture).to_be_visible()
    await expect(tray).to_be_hidden()
    assert await picture.evaluate("each => [each.width, each.height]") == [180, 240]
    card = desk.log.get_by_role("link", name="notes.txt")
    await expect(card).to_contain_text("11 bytes")
    async with page.expect_download() as download:
        await card.click()
    assert (await download.value).suggested_filename == "notes.txt"
    await desk.log.get_by_role("button", name="Open cat.jpg").click()
    large = page.get_by_role("dialog").get_by_role("img", name="cat.jpg")
    await expect(large).to_be_visible()
    assert await violations(page) == []
    sent = (await desk.messages())[0]
    assert (sent.body, '"notes.txt"' in (sent.attachments or "")) == ("", True)
    assert complaints == [each for each in complaints if "422" in each or "400" in each]
