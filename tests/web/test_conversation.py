"""A conversation of many pages: it opens at its end, and reading back loses no place."""

import pytest
from playwright.async_api import Page, expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import Kind, Post
from tests.factories import MadeWorkspace, make_actor, make_workspace
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

MESSAGES = 170


async def log_in(page: Page, address: str, made: MadeWorkspace) -> None:
    await page.goto(f"{address}/login")
    await page.locator("[name=email]").fill(made.owner.email)
    await page.locator("[name=password]").fill(made.owner.password)
    await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/dashboard**")


async def test_long_dialog_is_read_back_to_its_first_message(
    runtime: Runtime, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    made = await make_workspace(runtime)
    visitor = await make_actor(runtime, made.id, kind=ActorKind.CONTACT, name="Vera")
    async with runtime.db.fast.transaction(made.id) as conn:
        dialog = await conversations.create_conversation(
            conn, kind=Kind.DIALOG, state="open", participants=[visitor]
        )
    for number in range(1, MESSAGES + 1):
        await conversations.post(
            runtime,
            Post(
                workspace_id=made.id, conversation_id=dialog.id, sender_id=visitor,
                client_key=str(number), body=f"line {number}",
            ),
        )  # fmt: skip
    page = await open_page()
    await log_in(page, address, made)
    await page.goto(f"{address}/w/{made.slug}/dashboard/inbox/{dialog.id}")
    log = page.get_by_role("log")
    await expect(log.get_by_text(f"line {MESSAGES}", exact=True)).to_be_in_viewport()
    talk, messages = page.locator(".talk"), page.locator("bsd-conversation .msg")
    assert await messages.count() <= 100

    await talk.hover()
    for _ in range(200):
        if await log.get_by_text("line 1", exact=True).count():
            break
        await page.mouse.wheel(0, -1500)
        await page.wait_for_timeout(30)
    assert await messages.count() == MESSAGES
    await talk.evaluate("talk => talk.scrollTo(0, 0)")
    await expect(log.get_by_text("line 1", exact=True)).to_be_in_viewport()
    # The element learns of the scroll with the next frame; news before that would be no news to it.
    await page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )

    await conversations.post(
        runtime,
        Post(
            workspace_id=made.id, conversation_id=dialog.id, sender_id=visitor, client_key="x", body="news",
        ),
    )  # fmt: skip
    await page.get_by_role("button", name="New messages").click()
    await expect(log.get_by_text("news")).to_be_in_viewport()
    assert complaints == []
