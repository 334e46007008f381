"""The pages of webhooks: added, watched, tried, switched, removed; as a person does it."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.e2e.test_main_job import log_in
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.fakes.receiver import Receiver, fake_receiver
from tests.products.account.test_records import read
from tests.web.axe import overflows, violations
from tests.web.conftest import PHONE, OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

HOOKS = "/dashboard/settings/webhooks"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with fake_receiver() as made:
        yield made


async def press(
    client: httpx.AsyncClient, firm: MadeWorkspace, path: str, **form: str
) -> httpx.Response:
    """Send a form of a page."""
    headers = {**firm.headers, "Accept": "text/html", "Accept-Language": "en"}
    return await client.post(HOOKS + path, data=form, headers=headers)


def secret_in(page: str) -> str | None:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    return found and found.group()


async def test_webhook_is_added_with_chosen_events_and_its_secret_shown_once(
    client: httpx.AsyncClient, runtime: Runtime, receiver: Receiver
) -> None:
    firm = await make_workspace(runtime)
    refused = await press(client, firm, "", url=receiver.url)
    assert refused.status_code == 422
    assert "Choose at least one event" in refused.text
    wrong = await press(client, firm, "", url="ftp://x", every="true")
    assert wrong.status_code == 422
    made = await press(client, firm, "", url=receiver.url, kinds="assistant.created")
    assert secret_in(made.text) is not None
    (hook,) = (await client.get("/api/v1/webhooks", headers=firm.headers)).json()
    assert hook["kinds"] == ["assistant.created"]
    shown = await read(client, firm.owner, f"{HOOKS}/{hook['id']}")
    assert secret_in(shown) is None
    assert "Появился новый ассистент" in await read(client, firm.owner, HOOKS, language="ru")
    await press(client, firm, f"/{hook['id']}", url=receiver.url, every="true")
    (hook,) = (await client.get("/api/v1/webhooks", headers=firm.headers)).json()
    assert hook["kinds"] == []


async def test_operator_sees_neither_the_page_nor_its_tab(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    operator = await make_person(runtime, firm, role=Role.OPERATOR)
    assert HOOKS not in await read(client, operator, "/dashboard/settings")
    answer = await client.get(HOOKS, headers={**operator.headers, "Accept": "text/html"})
    assert answer.status_code == 403


async def test_delivery_is_logged_and_sent_again_and_the_webhook_switched(
    client: httpx.AsyncClient, runtime: Runtime, receiver: Receiver
) -> None:
    firm = await make_workspace(runtime)
    receiver.status = 410
    await press(client, firm, "", url=receiver.url, every="true")
    (hook,) = (await client.get("/api/v1/webhooks", headers=firm.headers)).json()
    path = f"/{hook['id']}"
    await press(client, firm, f"{path}/test")
    await settled(runtime)
    shown = await read(client, firm.owner, HOOKS + path)
    assert "Answered 410" in shown
    assert "the receiver is gone" in shown
    receiver.status = 200
    await press(client, firm, f"{path}/switch", enabled="true")
    (entry,) = (
        await client.get(f"/api/v1/webhooks/{hook['id']}/deliveries", headers=firm.headers)
    ).json()
    await press(client, firm, f"{path}/deliveries/{entry['id']}/redeliver")
    await settled(runtime)
    shown = await read(client, firm.owner, HOOKS + path)
    assert "Answered 200" in shown
    assert "thanks" in shown
    renewed = await press(client, firm, f"{path}/secret")
    assert secret_in(renewed.text) is not None
    await press(client, firm, f"{path}/delete")
    assert (await client.get("/api/v1/webhooks", headers=firm.headers)).json() == []


async def test_receiver_that_is_away_is_told_in_words_and_the_log_is_filtered(
    client: httpx.AsyncClient, runtime: Runtime, receiver: Receiver
) -> None:
    firm = await make_workspace(runtime)
    await press(client, firm, "", url="http://127.0.0.1:64999/hook", every="true")
    (hook,) = (await client.get("/api/v1/webhooks", headers=firm.headers)).json()
    path = f"/{hook['id']}"
    await press(client, firm, f"{path}/test")
    await settled(runtime)
    shown = await read(client, firm.owner, HOOKS + path)
    assert "The server 127.0.0.1 cannot be reached" in shown
    assert "Сервер 127.0.0.1 недоступен" in await read(
        client, firm.owner, HOOKS + path, language="ru"
    )
    assert "cannot be reached" in await read(client, firm.owner, f"{HOOKS}{path}?state=queued")
    none = await read(client, firm.owner, f"{HOOKS}{path}?state=delivered")
    assert "No such deliveries" in none
    listed = f"/api/v1/webhooks/{hook['id']}/deliveries?state="
    assert (await client.get(f"{listed}failed", headers=firm.headers)).json() == []
    assert len((await client.get(f"{listed}queued", headers=firm.headers)).json()) == 1


@pytest.mark.browser
async def test_person_adds_a_webhook_tries_it_and_removes_it(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str], receiver: Receiver
) -> None:
    firm = await make_workspace(runtime)
    page = await open_page()
    await log_in(page, address, firm.owner.email)
    await page.goto(f"{address}{HOOKS}")
    await page.fill("#url", receiver.url)
    await page.get_by_label("All events").check()
    await page.click(f"form[action$='{HOOKS}'] button.btn--primary")
    await expect(page.locator("bsd-copy code")).to_contain_text("whsec_")
    assert await violations(page) == []
    await page.locator("form[action$='/test'] button").click()
    await expect(page.locator(".item").first).to_be_visible()
    await expect(page.locator(".item").first).to_contain_text("Answered 200")
    await page.locator("details.item__more summary").first.click()
    await page.set_viewport_size(PHONE)
    assert not await overflows(page)
    assert await violations(page) == []
    await page.locator("form[action$='/delete'] button").click()
    await page.locator("dialog[open] button.btn--danger, dialog[open] button.btn--primary").click()
    await expect(page.locator(".empty__title")).to_be_visible()
    assert complaints == []
