"""An operator's tools in the browser: ready replies at a slash, colleagues at an @, macros, the pane about a contact."""

from dataclasses import replace
from functools import partial

import pytest
from playwright.async_api import Page, expect

from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ContactIdentity, Visibility
from besedka.kernel.realtime.service import Hub
from tests.factories import MadeWorkspace, make_person
from tests.fakes.jobs import eventually
from tests.kernel.realtime.rooms import draft, make_dialog, say
from tests.web.axe import violations
from tests.web.test_deeds import Desk, OpenDesk, open_desk

__all__ = ["open_desk"]

pytestmark = pytest.mark.browser


def settings_of(page: Page, made: MadeWorkspace) -> str:
    return f"{page.url.partition('/w/')[0]}/w/{made.slug}/dashboard/settings"


async def make_reply(page: Page) -> None:
    """Make a shared reply on its page, after a mistake."""
    add = page.get_by_role("button", name="Add", exact=True)
    await page.get_by_label("Short name").fill("track")
    await page.get_by_label("Text in English").fill("Dear {{contact.name}}, {{nothing}}")
    await add.click()
    await expect(page.get_by_role("alert")).to_contain_text("no variable “nothing”")
    await page.get_by_label("Text in English").fill("Dear {{contact.name}}, it is coming.")
    await page.get_by_label("For all operators").first.check()
    await add.click()
    await expect(page.get_by_role("link", name="/track")).to_be_visible()
    assert await violations(page) == []


async def make_macro(page: Page) -> None:
    """Make a macro that replies and resolves on its page."""
    await page.get_by_label("Name").fill("Send off")
    await page.get_by_role("combobox", name="Step 1").select_option("Reply: track")
    await page.get_by_role("combobox", name="Step 2").select_option("Resolve")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("Reply «track» → Resolve")).to_be_visible()
    assert await violations(page) == []


async def write_with_menus(desk: Desk) -> None:
    """Find a ready reply at a slash, and a colleague at an @ in a note."""
    page = desk.page
    field = page.locator("bsd-composer textarea")
    await field.fill("Hello! /tra")
    option = page.get_by_role("option", name="track")
    await expect(option).to_have_attribute("aria-selected", "true")
    assert await violations(page) == []
    await field.press("Enter")
    await expect(field).to_have_value("Hello! Dear Vera, it is coming.")
    await field.fill("")
    await page.get_by_role("button", name="Note").click()
    await field.press_sequentially("@pav")
    colleagues = page.get_by_role("listbox", name="Colleagues")
    await expect(colleagues.get_by_role("option", name="Pavel Person")).to_be_visible()
    await field.press("Tab")
    await expect(field).to_have_value("@Pavel Person ")
    await field.press_sequentially("look")
    await field.press("Enter")
    await expect(desk.row("@Pavel Person look")).to_be_visible()


async def open_dialog(desk: Desk, *, pane: str = "subject") -> str:
    """Open a dialog with a contact who is known; returns the contact."""
    dialog, contact = await make_dialog(desk.runtime, desk.made)
    await say(desk.runtime, contact, dialog.id, "Where is it?", workspace=desk.made)
    desk.chat = dialog.id
    home = settings_of(desk.page, desk.made).replace("settings", "inbox")
    await desk.page.goto(f"{home}/{dialog.id}?pane={pane}")
    return str(contact)


async def test_operator_makes_and_uses_a_reply_and_a_macro(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk()
    page, made = desk.page, desk.made
    await make_person(desk.runtime, made, name="Pavel Person")
    await page.goto(f"{settings_of(page, made)}/replies")
    await make_reply(page)
    await page.goto(f"{settings_of(page, made)}/macros")
    await make_macro(page)
    await open_dialog(desk)
    await write_with_menus(desk)
    # The header is drawn anew whenever the dialog changes: the button is pressed whether its menu is open or not.
    send_off = page.locator("#dialog-head form").filter(has_text="Send off").locator("button")
    await send_off.dispatch_event("click")
    await expect(page.get_by_text("Macro done")).to_be_visible()
    said = (await desk.messages())[0]
    assert said.body == "Dear Vera, it is coming."
    assert complaints == [each for each in complaints if "422" in each]


async def test_pane_about_a_contact_is_edited_merged_and_blocked(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk(phone=True)
    page, made = desk.page, desk.made
    async with desk.runtime.db.fast.transaction(made.id) as conn:
        known = ContactIdentity("email", "vera@example.com", verified=True)
        other = await conversations.create_contact(conn, name="Mail", email="vera@example.com", identity=known)  # fmt: skip
        old = await conversations.create_dialog(
            desk.runtime, conn, contact=other.id, meta={"channel": "email"}
        )
    await say(desk.runtime, other.id, old.id, "From my mail", workspace=made)
    await open_dialog(desk, pane="context")
    await edit_contact(page)
    await merge_and_block(page)
    history = page.get_by_role("navigation", name="All dialogs")
    await history.get_by_role("link").filter(has_text="From my mail").click()
    await expect(desk.log.get_by_text("From my mail")).to_be_visible()
    assert complaints == []


async def test_colleague_hears_of_a_mention_and_finds_it_on_its_page(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk()
    page = desk.page
    friend = await make_person(desk.runtime, desk.made)
    await page.goto(page.url.rpartition("/")[0])
    await expect(page.locator("bsd-mentions")).to_be_visible()
    count = page.locator("bsd-mentions .count")
    await eventually(partial(hears, desk))
    note = draft(friend, desk.chat, "@Olga please look", visibility=Visibility.INTERNAL)
    await conversations.post(desk.runtime, replace(note, staff=True))
    await expect(page.get_by_text("Pavel Person mentions you: @Olga please look")).to_be_visible()
    await expect(count).to_have_text("1")
    await page.get_by_role("link", name="Mentions").click()
    await page.get_by_role("link", name="All", exact=True).click()
    mention = page.get_by_role("listitem").filter(has_text="@Olga please look")
    assert await violations(page) == []
    await mention.get_by_role("link", name="Pavel Person").click()
    await expect(desk.row("@Olga please look")).to_be_visible()
    assert complaints == []


async def hears(desk: Desk) -> bool | None:
    """Whether the operator's socket is there."""
    return desk.runtime.get(Hub).listened(f"actor:{desk.made.owner.actor_id}") or None


async def edit_contact(page: Page) -> None:
    """Write down an address, which nobody has verified, and a note."""
    about = page.get_by_role("complementary")
    await about.get_by_text("Edit the contact").click()
    await about.get_by_label("E-mail").fill("vera@example.com")
    await about.get_by_label("Note about the person").fill("Likes short answers.")
    await about.locator(".about__edit").get_by_role("button", name="Save").click()
    await expect(about.locator(".about__note")).to_have_text("Likes short answers.")
    await expect(about.locator("#dialog-about")).to_contain_text("not verified")
    assert await violations(page) == []


async def merge_and_block(page: Page) -> None:
    """Say that somebody else is the same person, then take no more messages from them."""
    about, sure = page.get_by_role("complementary"), page.get_by_role("button", name="Yes")
    await about.get_by_role("button", name="Merge").click()
    await sure.click()
    await expect(about.locator("#dialog-about").get_by_text("verified", exact=True)).to_be_visible()
    links = about.get_by_role("navigation", name="All dialogs").get_by_role("link")
    await expect(links).to_have_count(2)
    await about.get_by_role("button", name="Block").click()
    await sure.click()
    await expect(about.get_by_text("Blocked: their messages are not taken.")).to_be_visible()
    assert await violations(page) == []
