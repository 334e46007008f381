"""One's own settings and the people of a workspace, in a browser."""

import re

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from tests.e2e.test_main_job import log_in
from tests.factories import PASSWORD, make_person, make_workspace
from tests.kernel.accounts.helpers import fresh_email, letters_to, token_in
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

pytestmark = pytest.mark.browser

SETTINGS = "/dashboard/settings"


async def test_person_is_deactivated_and_activated(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    await make_person(runtime, place, role=Role.OPERATOR)
    page = await open_page(phone=True)
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{SETTINGS}/people")
    await page.locator("form[action$='/deactivate'] button").click()
    await page.locator("dialog[open] button.btn--danger").click()
    await expect(page.locator(".badge--warn")).to_have_text("Inactive")
    assert not await overflows(page)
    assert await violations(page) == []
    await page.locator("form[action$='/activate'] button").click()
    await expect(page.locator(".badge--warn")).to_have_count(0)
    assert complaints == []


async def test_address_is_changed(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    person = (await make_workspace(runtime)).owner
    new = fresh_email("new")
    page = await open_page(locale="ru")
    await log_in(page, address, person.email)
    await page.goto(f"{address}{SETTINGS}")
    assert not await overflows(page)
    assert await violations(page) == []
    change = page.locator("form[action$='/settings/email']")
    await change.locator("[name=new_email]").fill(new)
    await change.locator("[name=new_password]").fill(PASSWORD)
    await change.locator("button").click()
    await expect(page.locator("body")).to_contain_text("поставлено в очередь")
    token = token_in((await letters_to(runtime, new))[-1])
    await page.goto(f"{address}/change-email?token={token}")
    assert await violations(page) == []
    await page.locator("form[action='/change-email'] button.btn--primary").click()
    await page.goto(f"{address}{SETTINGS}")
    await expect(page.locator("body")).to_contain_text(new)
    assert complaints == []


async def test_data_is_taken_away_and_the_account_deleted(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    person = await make_person(runtime, await make_workspace(runtime))
    page = await open_page(phone=True)
    await log_in(page, address, person.email)
    await page.goto(f"{address}{SETTINGS}")
    async with page.expect_download() as download:
        await page.locator("a[href$='/me/export']").click()
    assert (await download.value).suggested_filename == "besedka-account.json"
    for password in ("wrong", PASSWORD):
        erase = page.locator("form[action$='/settings/erase']")
        await erase.locator("[name=erase_password]").fill(password)
        await erase.locator("button.btn--danger").click()
        await page.locator("dialog[open] button.btn--danger").click()
        if password == "wrong":
            await expect(page.locator("#erase_password-error")).to_be_visible()
    await expect(page).to_have_url(re.compile("/login"))
    await expect(page.locator("bsd-toast")).to_contain_text("deleted together with your data")


async def test_short_password_is_refused_at_its_field(
    address: str, runtime: Runtime, open_page: OpenPage
) -> None:
    person = (await make_workspace(runtime)).owner
    page = await open_page()
    await log_in(page, address, person.email)
    await page.goto(f"{address}{SETTINGS}")
    await page.fill("#current", PASSWORD)
    await page.fill("#password", "x")
    await page.locator("form[action$='/settings/password'] button").click()
    await expect(page.locator("#password-error")).to_be_visible()


async def test_room_of_files_is_shown_and_unused_ones_get_an_end(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        await conn.execute(
            "INSERT INTO file_space (workspace_id, used_bytes, quota_bytes) VALUES ($1, $2, $3)",
            place.id, 950 * 1024, 1024 * 1024,
        )  # fmt: skip
    page = await open_page(phone=True, locale="ru")
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{SETTINGS}/workspace")
    bar = page.locator(".progress--bad")
    await expect(bar).to_contain_text(re.compile("950.КБ из 1.МБ"))
    await expect(bar.locator("progress")).to_have_attribute("value", "92")
    assert not await overflows(page)
    assert await violations(page) == []
    form = page.locator("form[action$='/workspace/files']")
    await form.locator("[name=keep_days]").fill("30")
    await form.locator("button").click()
    await expect(form.locator("[name=keep_days]")).to_have_value("30")
    await form.locator("[name=keep_days]").fill("")
    await form.locator("button").click()
    await expect(form.locator("[name=keep_days]")).to_have_value("")
    assert complaints == []


async def test_refused_person_and_mail_server_stay_as_they_were_typed(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    host = (await make_workspace(runtime, is_host=True)).owner
    typed = {"email": "nobody", "name": "Вера Новая", "role": "admin"}
    refused = await client.post(f"{SETTINGS}/people", headers=host.headers, data=typed)
    assert refused.status_code == 422
    assert 'value="Вера Новая"' in refused.text
    assert 'value="admin" selected' in refused.text
    server = {"host": "smtp of ours", "port": "2525", "username": "besedka"}
    refused = await client.post(f"{SETTINGS}/mail", headers=host.headers, data=server)
    assert refused.status_code == 422
    assert 'id="host-error"' in refused.text
    assert 'value="2525"' in refused.text
    assert 'value="besedka"' in refused.text
