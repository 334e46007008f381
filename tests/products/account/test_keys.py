"""The page of API keys: made, copied once, revoked; as a person does it."""

import re

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.i18n import has_text
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.modules import MODULES
from besedka.products.account.pages.keys import scope_text
from tests.e2e.test_main_job import log_in
from tests.factories import make_person, make_workspace
from tests.kernel.accounts.helpers import AUTH, bearer
from tests.products.account.test_records import read
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

KEYS = "/dashboard/settings/keys"


def test_every_permission_has_words() -> None:
    permissions = {each for manifest in MODULES for each in manifest.permissions}
    assert [each for each in sorted(permissions) if not has_text(scope_text(each))] == []


async def test_page_offers_the_persons_own_rights_alone(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    member = await make_person(runtime, place, role=Role.MEMBER)
    english, russian = (
        await read(client, member, KEYS), await read(client, place.owner, KEYS, language="ru")
    )  # fmt: skip
    assert "See the people of the workspace" in english
    assert "Change the workspace" not in english
    assert "Менять рабочее пространство" in russian


async def test_unfit_key_is_refused_and_what_was_typed_kept(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    form = {"name": "Kept words", "scopes": "no.such", "days": "30", "per_minute": "7"}
    answer = await client.post(
        KEYS, data=form, headers={**place.headers, "Accept": "text/html", "Accept-Language": "en"}
    )
    assert answer.status_code == 422
    assert "You have no right" in answer.text
    assert "Kept words" in answer.text


@pytest.mark.browser
async def test_key_is_made_copied_once_used_and_revoked(
    address: str, client: httpx.AsyncClient, runtime: Runtime, open_page: OpenPage,
    complaints: list[str],
) -> None:  # fmt: skip
    place = await make_workspace(runtime)
    page = await open_page()
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{KEYS}")
    await page.fill("#name", "Nightly report")
    await page.get_by_label("See the people of the workspace").check()
    await page.click("form[action$='/settings/keys'] button.btn--primary")
    token = await page.locator("bsd-copy code").first.inner_text()
    me = (await client.get(f"{AUTH}/me", headers=bearer(token))).json()
    assert me["permissions"] == ["people.read"]
    assert await violations(page) == []
    await page.goto(f"{address}{KEYS}")
    await expect(page.locator("bsd-copy")).to_have_count(0)
    await expect(page.locator(".item", has_text="Nightly report")).to_contain_text(token[:12])
    await page.locator(".item form button").click()
    await page.locator("dialog[open] button.btn--danger, dialog[open] button.btn--primary").click()
    await expect(page.locator(".empty__title")).to_have_text(re.compile("No keys yet"))
    assert (await client.get(f"{AUTH}/me", headers=bearer(token))).status_code == 401
    assert complaints == []


@pytest.mark.browser
async def test_page_fits_a_phone(address: str, runtime: Runtime, open_page: OpenPage) -> None:
    place = await make_workspace(runtime)
    page = await open_page(phone=True, dark=True, locale="ru")
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{KEYS}")
    await page.fill("#name", "Ночной отчёт")
    await page.click("form[action$='/settings/keys'] button.btn--primary")
    await expect(page.locator("bsd-copy code").first).to_contain_text("bsd_")
    assert not await overflows(page)
    assert await violations(page) == []
