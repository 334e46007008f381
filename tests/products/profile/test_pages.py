"""The page about oneself, without a script and in a browser."""

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from tests.e2e.test_main_job import log_in
from tests.factories import make_workspace
from tests.products.account.test_records import read
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

PAGE = "/dashboard/settings/profile"
MESSAGE = "Я очень люблю горы. Хочу выучить испанский."


async def test_page_keeps_what_was_typed_when_it_is_refused_and_forgets_when_asked(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    owner = place.owner
    headers = {**owner.headers, "Accept": "text/html", "Accept-Language": "ru"}
    assert "Пока ничего" in await read(client, owner, PAGE, language="ru")
    form = {"kind": "values", "name": "Честность", "weight": "80"}
    assert (await client.post(f"{PAGE}/facts", data=form, headers=headers)).status_code == 303
    refused = await client.post(f"{PAGE}/facts", data=form, headers=headers)
    assert refused.status_code == 409
    assert "Это в вашем профиле уже есть." in refused.text
    assert 'value="Честность"' in refused.text
    (fact,) = (await client.get("/api/v1/profile/facts", headers=owner.headers)).json()
    path = f"{PAGE}/facts/{fact['id']}"
    empty = await client.post(path, data={**form, "name": " "}, headers=headers)
    assert empty.status_code == 422
    assert "Напишите, о чём речь." in empty.text
    await client.post(path, data={**form, "weight": "55"}, headers=headers)
    assert "80&nbsp;% → 55&nbsp;%" in await read(client, owner, path, language="ru")
    assert "Изменено" in await read(client, owner, f"{PAGE}/history", language="ru")
    await client.post(f"{PAGE}/forget", headers=headers)
    assert "Честность" in await read(client, owner, PAGE)
    await client.post(f"{PAGE}/forget", data={"sure": "true"}, headers=headers)
    assert "Честность" not in await read(client, owner, PAGE)


@pytest.mark.browser
async def test_person_tells_about_themselves_and_sees_what_the_model_is_told(
    address: str, runtime: Runtime, open_page: OpenPage, complaints: list[str]
) -> None:
    place = await make_workspace(runtime)
    page = await open_page(phone=True, locale="ru", bypass_csp=True)
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{PAGE}")
    await page.get_by_label("Сообщение").fill(MESSAGE)
    await page.get_by_role("button", name="Прочитать").click()
    await expect(page.get_by_text("прочитано простыми правилами, без модели: 2")).to_be_visible()
    assert await violations(page) == []
    assert not await overflows(page)
    mountains = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="горы"))
    await mountains.get_by_role("button", name="Принять").click()
    await expect(page.get_by_role("progressbar", name="Сила: горы")).to_be_visible()
    spanish = page.get_by_role("listitem").filter(has_text="выучить испанский").first
    await spanish.get_by_role("button", name="Отклонить").click()
    await expect(page.get_by_text("выучить испанский")).to_have_count(0)
    await expect(page.locator("pre.code")).to_contain_text("- Interests: горы (0.8)")
    await page.get_by_text("Учитывать в ответах мне").click()
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_text("Ничего: вы это выключили.")).to_be_visible()
    await page.get_by_role("link", name="горы").first.click()
    await expect(page.get_by_text("Я очень люблю горы.")).to_be_visible()
    assert await violations(page) == []
    assert not await overflows(page)
    await page.get_by_role("button", name="Забыть").click()
    await page.get_by_role("button", name="Да", exact=True).click()
    await expect(page.get_by_text("Пока ничего")).to_be_visible()
    assert complaints == []
