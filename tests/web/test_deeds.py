"""What one does with a message on its page: with the keyboard, with a finger, in both languages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import (
    EVERYTHING,
    ConversationId,
    Kind,
    Message,
    Post,
    Visibility,
)
from tests.factories import MadeWorkspace, make_actor, make_workspace
from tests.kernel.realtime.rooms import Staff, say_as_staff
from tests.web.axe import violations
from tests.web.conftest import OpenPage
from tests.web.test_conversation import log_in

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """An operator who looks at a dialog."""

    runtime: Runtime
    made: MadeWorkspace
    chat: ConversationId
    page: Page

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def row(self, words: str) -> Locator:
        """The message with these words."""
        return self.page.locator(".msg").filter(has_text=words)

    async def act(self, words: str, deed: str) -> None:
        """Press a button under a message."""
        row = self.row(words)
        await row.hover()
        await row.get_by_role("button", name="Actions").click()
        await row.get_by_role("button", name=deed).click()

    async def messages(self) -> list[Message]:
        """What is stored, the newest first."""
        async with self.runtime.db.fast.acquire(self.made.id) as conn:
            return await conversations.page(
                conn, self.chat, viewer=EVERYTHING, limit=50
            )  # fmt: skip


OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_desk(runtime: Runtime, address: str, open_page: OpenPage) -> OpenDesk:
    async def open_one(**how: object) -> Desk:
        made = await make_workspace(runtime)
        visitor = await make_actor(runtime, made.id, kind=ActorKind.CONTACT, name="Vera")
        async with runtime.db.fast.transaction(made.id) as conn:
            dialog = await conversations.create_conversation(
                conn, kind=Kind.DIALOG, state="open", participants=[visitor]
            )
        question = Post(
            workspace_id=made.id, conversation_id=dialog.id, sender_id=visitor, client_key="q",
            body="Where is my order?",
        )  # fmt: skip
        await conversations.post(runtime, question)
        await say_as_staff(runtime, made, dialog.id, "It is on its way")
        await say_as_staff(runtime, made, dialog.id, "Angry customer", Visibility.INTERNAL)
        page = await open_page(**how)
        await log_in(page, address, made)
        await page.goto(f"{address}/w/{made.slug}/dashboard/inbox/{dialog.id}")
        desk = Desk(runtime, made, dialog.id, page)
        await expect(desk.log.get_by_text("Angry customer")).to_be_visible()
        return desk

    return open_one


async def test_edit_keeps_what_was_being_written(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk()
    field = desk.page.get_by_role("textbox")
    await field.fill("half a thought")
    await desk.act("It is on its way", "Edit")
    await expect(field).to_have_value("It is on its way")
    await expect(field).to_be_focused()
    await field.fill("It comes **tomorrow**")
    await field.press("Enter")
    await expect(desk.row("It comes tomorrow")).to_contain_text("edited")
    await expect(field).to_have_value("half a thought")
    assert [m.body for m in await desk.messages()][1] == "It comes **tomorrow**"
    await desk.act("It comes tomorrow", "Edit")
    await field.press("Escape")
    await expect(field).to_have_value("half a thought")
    assert complaints == []


async def test_news_during_an_edit_leave_its_words_alone(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    field = desk.page.get_by_role("textbox")
    await desk.act("It is on its way", "Edit")
    answer = (await desk.messages())[1]
    async with desk.runtime.db.fast.transaction(desk.made.id) as conn:
        caller = Staff(desk.made.owner.actor_id)
        await conversations.edit_message(
            desk.runtime, conn, answer.id, caller=caller, body="From my phone"
        )
    await expect(desk.row("From my phone")).to_be_visible()
    await expect(field).to_have_value("It is on its way")
    await field.fill("From my desk")
    await field.press("Enter")
    await expect(desk.row("From my desk")).to_be_visible()
    await expect(field).to_have_value("")


async def test_deletion_leaves_a_mark_and_no_words(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk()
    await desk.act("Angry customer", "Delete")
    await desk.page.get_by_role("button", name="Yes").click()
    await expect(desk.log.get_by_text("Message deleted")).to_be_visible()
    await expect(desk.log.get_by_text("Angry customer")).to_have_count(0)
    assert (await desk.messages())[0].body == ""
    await desk.row("Where is my order?").hover()
    await desk.row("Where is my order?").get_by_role("button", name="Actions").click()
    deeds = desk.row("Where is my order?").get_by_role("group", name="Actions")
    await expect(deeds.get_by_role("button", name="Copy")).to_be_visible()
    await expect(deeds.get_by_role("button", name="Edit")).to_have_count(0)
    assert complaints == []


async def test_reply_reaction_and_pin_are_seen(open_desk: OpenDesk, complaints: list[str]) -> None:
    desk = await open_desk()
    await desk.act("Where is my order?", "Reply")
    field = desk.page.get_by_role("textbox")
    await expect(field).to_be_focused()
    await field.fill("Here")
    await field.press("Enter")
    reply = desk.row("Here")
    await expect(reply.locator(".msg__quote")).to_contain_text("Where is my order?")
    stored = (await desk.messages())[0]
    assert (stored.reply_seq, stored.visibility) == (1, "public")
    await desk.act("Angry customer", "Reply")
    await field.fill("Not any more")
    await field.press("Enter")
    await expect(desk.row("Not any more").locator(".msg__quote")).to_contain_text("Angry")
    stored = (await desk.messages())[0]
    assert (stored.reply_seq, stored.visibility) == (3, "internal")
    question = desk.row("Where is my order?").first
    await question.hover()
    await question.get_by_role("button", name="Actions").click()
    await question.get_by_role("group", name="React", exact=True).get_by_text("🙏").click()
    shown = question.get_by_role("group", name="Reactions").get_by_role("button", name="🙏 1")
    await expect(shown).to_have_attribute("aria-pressed", "true")
    await shown.click()
    await expect(question.get_by_role("group", name="Reactions")).to_have_count(0)
    await desk.act("It is on its way", "Pin")
    await expect(desk.row("It is on its way")).to_contain_text("pinned")
    assert complaints == []


async def test_keyboard_alone_reaches_everything(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    opener = desk.row("It is on its way").get_by_role("button", name="Actions")
    await opener.focus()
    await desk.page.keyboard.press("Enter")
    await expect(opener).to_have_attribute("aria-expanded", "true")
    for name in ("👍", "❤️"):
        await desk.page.keyboard.press("Tab")
        button = desk.row("It is on its way").get_by_role("button", name=name)
        await expect(button).to_be_focused()
    await desk.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("dark", [False, True])
async def test_open_actions_are_accessible(open_desk: OpenDesk, *, dark: bool) -> None:
    desk = await open_desk(dark=dark, bypass_csp=True)
    caller = Staff(desk.made.owner.actor_id)
    async with desk.runtime.db.fast.transaction(desk.made.id) as conn:
        await say_as_staff(desk.runtime, desk.made, desk.chat, "A reply", reply=1)
        for message in (await desk.messages())[1:3]:
            await conversations.react(
                desk.runtime, conn, message.id, caller=caller, emoji="👍", on=True
            )
    await desk.act("A reply", "Copy")
    row = desk.row("Angry customer")
    await row.hover()
    await row.get_by_role("button", name="Actions").click()
    await expect(row.get_by_role("button", name="Delete")).to_be_visible()
    assert await violations(desk.page) == []


async def test_finger_reaches_everything_and_nothing_is_wider_than_the_phone(
    open_desk: OpenDesk, complaints: list[str]
) -> None:
    desk = await open_desk(phone=True)
    row = desk.row("Angry customer")
    await row.get_by_role("button", name="Actions").tap()
    await expect(row.get_by_role("button", name="Delete")).to_be_in_viewport()
    wide = "() => document.documentElement.scrollWidth > innerWidth"
    assert await desk.page.evaluate(wide) is False
    assert complaints == []
