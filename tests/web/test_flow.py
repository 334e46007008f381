"""The flow of dialogs in browsers: by the keyboard, with many at once, and beside a colleague."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from tests.factories import Made, make_person
from tests.fakes.jobs import eventually
from tests.products.inbox.places import Place
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage
from tests.web.shop import Shop, log_in

pytestmark = pytest.mark.browser


@asynccontextmanager
async def opened(
    place: Place, address: str, page: Page, path: str, who: Made | None = None
) -> AsyncIterator[Page]:
    """Log in and open a page of the dashboard."""
    await log_in(Shop(place.made, ""), address, page, who)
    await page.goto(f"{address}/w/{place.made.slug}/dashboard/{path}")
    if path.startswith("inbox"):  # the server's rows have given way to the live ones
        await expect(page.locator("bsd-inbox > .list")).to_have_count(0)
    yield page


async def test_keys_lead_through_the_inbox_and_words_stay_words(
    place: Place, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    for body in ("First", "Second"):
        dialog, contact = await place.dialog()
        await place.write(dialog, contact, body)
    page = await open_page(locale="en")
    async with opened(place, address, page, "inbox"):
        rows, field = page.locator("bsd-inbox a.item"), page.locator("bsd-composer textarea")
        await expect(rows.first).to_contain_text("Second")
        for key, at in (("j", 0), ("j", 1), ("k", 0)):
            await page.keyboard.press(key)
            await expect(rows.nth(at)).to_be_focused()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/{dialog}?*")
        await expect(field).to_be_focused()
        await page.keyboard.type("jesan?")
        await expect(field).to_have_value("jesan?")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await rows.first.focus()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Note for colleagues")
        await page.keyboard.press("Escape")
        await page.keyboard.press("n")
        await expect(field).to_be_focused()
        await expect(page.get_by_role("button", name="Note")).to_have_attribute(
            "aria-pressed", "true"
        )
        await rows.first.focus()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Search dialogs")).to_be_focused()
    assert complaints == []


async def test_dialogs_are_put_off_and_resolved_by_the_keyboard(
    place: Place, address: str, open_page: OpenPage
) -> None:
    made = [await place.dialog() for _ in range(2)]
    for dialog, contact in made:
        await place.write(dialog, contact)
    (first, _), (second, _) = made
    page = await open_page(locale="en", bypass_csp=True)
    rows, head = page.locator("bsd-inbox a.item"), page.locator("#dialog-head")
    async with opened(place, address, page, f"inbox/{second}"):
        await rows.first.focus()
        await page.keyboard.press("s")
        assert await violations(page) == []
        await expect(page.get_by_role("button", name="For an hour")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(head).to_contain_text("Snoozed")
        await expect(rows).to_have_count(1)
        await rows.first.click()
        await page.wait_for_url(f"**/{first}?*")
        await rows.first.focus()
        await page.keyboard.press("e")
        await expect(head).to_contain_text("Resolved")
    states = [(await place.read(dialog))["state"] for dialog, _ in made]
    assert states == ["resolved", "snoozed"]


async def test_many_are_chosen_with_shift_and_the_list_follows_live(
    place: Place, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    made = [await place.dialog() for _ in range(4)]
    for dialog, contact in made:
        await place.write(dialog, contact)
    label = await place.ask("POST", "/labels", {"name": "Возврат"})
    page = await open_page(locale="ru", phone=True)
    async with opened(place, address, page, "inbox?state=open&unassigned=true"):
        boxes = page.locator("bsd-inbox .pick__box")
        await expect(boxes).to_have_count(4)
        await expect(page.locator("bsd-inbox > div > .list")).to_be_visible()
        await place.ask("PUT", f"/chats/{made[3][0]}/labels/{label['id']}")
        await expect(page.locator("bsd-inbox a.item").first).to_contain_text("Возврат")
        await place.ask("PATCH", f"/dialogs/{made[2][0]}", {"priority": "urgent"})
        await expect(page.locator("bsd-inbox a.item").nth(1)).to_contain_text("Срочно")
        await boxes.first.check()
        await boxes.nth(2).click(modifiers=["Shift"])
        await expect(page.locator("bsd-inbox .pick__box:checked")).to_have_count(3)
        # Who is taken leaves the list of those whom nobody has.
        await place.ask("POST", f"/handoff/{made[0][0]}/take")
        await expect(boxes).to_have_count(3)
        assert not await overflows(page)
        await page.get_by_label("Что сделать с отмеченными").select_option("resolve")
        await page.get_by_role("button", name="Сделать").click()
        await expect(page.get_by_text("Сделано со всеми отмеченными.")).to_be_visible()
    states = [(await place.read(dialog))["state"] for dialog, _ in made]
    assert states == ["open", "resolved", "resolved", "resolved"]
    assert complaints == []


# A browser without a screen shows no notifications and always has the focus: what would be shown is written down.
NOTED = """
window.noted = []; window.tones = 0;
document.hasFocus = () => false;
window.Notification = class { static permission = "granted"; constructor(title, more) { noted.push(`${title}: ${more.body}`); } };
window.AudioContext = class { constructor() { tones += 1; throw new Error("no sound"); } };
"""


async def test_colleagues_see_each_other_look_and_type(
    place: Place, runtime: Runtime, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    colleague = await make_person(runtime, place.made, name="Kolya")
    dialog, contact = await place.dialog()
    await place.write(dialog, contact)
    mine, his = await open_page(locale="en"), await open_page(locale="en")
    await his.add_init_script(NOTED)
    async with (
        opened(place, address, mine, f"inbox/{dialog}"),
        opened(place, address, his, f"inbox/{dialog}", colleague),
    ):
        await expect(mine.locator("bsd-viewers")).to_have_text("Also looking: Kolya")
        await expect(his.locator("bsd-viewers")).to_have_text("Also looking: Olga Owner")
        await his.locator("bsd-composer textarea").press_sequentially("Let me")
        await expect(mine.locator("bsd-viewers")).to_have_text("Kolya is typing…")
        # What he sees in the list is no news; what he is given is, answered or not.
        await place.ask("PATCH", f"/dialogs/{dialog}", {"priority": "urgent"})
        await place.ask("POST", f"/dialogs/{dialog}/reply", {"key": "1", "body": "Kolya knows."})
        given = {"assignee": str(colleague.actor_id)}
        await place.ask("POST", f"/dialogs/{dialog}/transfer", given)
        await place.dialog()

        async def two_noted() -> bool | None:
            return await his.evaluate("noted.length > 1") or None

        await eventually(two_noted, within=20)
        told = ["A visitor waits for a person: Vera", "You were given a dialog: Vera", 0]
        assert await his.evaluate("[...noted.toSorted(), tones]") == told
        await his.goto("about:blank")
        await expect(mine.locator("bsd-viewers")).to_have_text("", timeout=30_000)
    assert complaints == []


@pytest.fixture
async def place(runtime: Runtime, app: FastAPI, client: httpx.AsyncClient, shop: Shop) -> Place:
    return Place(runtime, client, shop.made)
