"""The provider of models: set, tried out, its vectors made anew, switched off, through the API and on its page."""

from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import expect

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.knowledge import service as knowledge
from tests.e2e.test_main_job import log_in
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import settled
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.assistants.places import make_assistant
from tests.web.axe import overflows, violations
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]

PROVIDER = "/api/v1/provider"
PAGE = "/dashboard/settings/model"


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    made = await make_workspace(runtime)
    await make_assistant(runtime, made)
    return made


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


def _given(fake: FakeLlm, **change: str) -> dict[str, str]:
    return {
        "base_url": fake.base_url, "default_model": "fake-large", "api_key": "sk-test",
        "embedding_model": "small", "rerank_model": "order",
    } | change  # fmt: skip


async def test_provider_is_set_tried_out_and_its_vectors_follow(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    unset = (await client.get(PROVIDER, headers=place.headers)).json()
    assert (unset["is_set"], unset["vectors"]["state"]) == (False, "off")
    fake.default = Say("ready")
    saved = await client.put(PROVIDER, headers=place.headers, json=_given(fake))
    assert saved.status_code == 200
    assert "sk-test" not in saved.text
    assert (saved.json()["has_key"], saved.json()["embedding_model"]) == (True, "small")
    tested = (await client.post(f"{PROVIDER}/test", headers=place.headers)).json()
    assert [tested[part]["ok"] for part in ("answers", "embedding", "rerank")] == [True] * 3
    assert (tested["answers"]["said"], tested["embedding"]["said"]) == ("ready", "256")
    assert tested["rerank"]["said"] == "Delivery costs 5 euros."
    await settled(runtime)
    vectors = (await client.get(PROVIDER, headers=place.headers)).json()["vectors"]
    assert (vectors["state"], vectors["done"], vectors["total"]) == ("ready", 2, 2)
    offered = (await client.get(f"{PROVIDER}/models", headers=place.headers)).json()
    assert [each["id"] for each in offered] == ["fake-large", "fake-small"]


async def test_another_embedding_model_has_vectors_made_anew_and_an_empty_one_deletes_them(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    await client.put(PROVIDER, headers=place.headers, json=_given(fake))
    await settled(runtime)
    fake.then(Fail(400, {"error": {"message": "no such model"}}))
    await client.put(PROVIDER, headers=place.headers, json=_given(fake, embedding_model="large"))
    await settled(runtime)
    stopped = (await client.get(PROVIDER, headers=place.headers)).json()["vectors"]
    assert (stopped["state"], stopped["done"], stopped["total"]) == ("stopped", 0, 2)
    assert "no such model" in stopped["reason"]
    again = await client.post(f"{PROVIDER}/vectors", headers=place.headers)
    assert (again.status_code, again.json()["total"]) == (202, 2)
    await settled(runtime)
    assert (await knowledge.vector_progress(runtime, place.id, "large")).done == 2
    await client.put(PROVIDER, headers=place.headers, json=_given(fake, embedding_model=""))
    await settled(runtime)
    assert (await knowledge.vector_progress(runtime, place.id, "large")).done == 0


async def test_failing_model_is_told_apart_from_those_that_work(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    fake.default = Say("ready")
    fake.rank = lambda _query, _documents: {"error": {"message": "model order is not here"}}
    await client.put(PROVIDER, headers=place.headers, json=_given(fake, embedding_model=""))
    tested = (
        await client.post(f"{PROVIDER}/test", headers={**place.headers, "Accept-Language": "en"})
    ).json()
    assert tested["embedding"] is None
    assert (tested["answers"]["ok"], tested["rerank"]["ok"]) == (True, False)
    assert tested["rerank"]["detail"] == "model order is not here"
    assert tested["rerank"]["message"]
    page = await client.post(
        f"{PAGE}/test", headers={**place.headers, "Accept": "text/html", "Accept-Language": "ru"}
    )
    assert "Модель ответила" in page.text
    assert "model order is not here" in page.text


async def test_key_stays_at_its_address_and_only_managers_see_the_provider(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    await client.put(PROVIDER, headers=place.headers, json=_given(fake))
    moved = {"base_url": "https://other.example/v1", "default_model": "m"}
    kept = await client.put(
        PROVIDER, headers=place.headers, json={"base_url": fake.base_url, "default_model": "m"}
    )
    gone = await client.put(PROVIDER, headers=place.headers, json=moved)
    assert (kept.json()["has_key"], gone.json()["has_key"]) == (True, False)
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    for path in ("", "/models"):
        refused = await client.get(PROVIDER + path, headers=operator.headers)
        assert refused.status_code == 403
    assert (await client.delete(PROVIDER, headers=place.headers)).status_code == 204
    missing = await client.post(f"{PROVIDER}/test", headers=place.headers)
    assert (missing.status_code, missing.json()["code"]) == (409, "no_provider")


async def test_chosen_kind_of_provider_brings_its_usual_address_and_model(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace
) -> None:
    usual = runtime.settings
    typed = {
        "kind": "yandex",
        "base_url": usual.openai_base_url,
        "default_model": usual.openai_model,
    }
    shown = await client.post(PAGE, headers=place.headers, data=typed)
    assert shown.status_code == 422  # no folder yet
    assert f'value="{usual.yandex_base_url}"' in shown.text
    assert f'value="{usual.yandex_model}"' in shown.text


@pytest.mark.browser
async def test_models_are_chosen_and_tried_out_on_the_page(
    address: str, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm, open_page: OpenPage,
    complaints: list[str],
) -> None:  # fmt: skip
    fake.default = Say("готово")
    page = await open_page(phone=True, locale="ru")
    await log_in(page, address, place.owner.email)
    await page.goto(f"{address}{PAGE}")
    for name, value in _given(fake).items():
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_label("Вид провайдера").select_option("OpenAI и совместимые")
    await page.get_by_role("button", name="Сохранить и проверить").click()
    await expect(page.locator(".alert--good")).to_have_count(3)
    await expect(page.locator("#vectors")).to_contain_text("Фрагментов с вектором: 2")
    await expect(page.locator("#model-names option")).to_have_count(2)
    assert not await overflows(page)
    assert await violations(page) == []
    assert complaints == []
