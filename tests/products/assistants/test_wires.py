"""An assistant answers through any wire: the workspace's own provider of each kind, and the installation's by model."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Mode
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.service.costs import list_price
from besedka.kernel.llm.types import WireKind
from besedka.kernel.llm.wires.choosing import recognize
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.assistants.places import make_assistant

PROVIDER = "/api/v1/provider"
QUESTION = "Сколько стоит доставка?"
PATHS = {
    "anthropic": "/v1/messages", "gemini": "/v1beta/models/m-1:streamGenerateContent",
    "yandex": "/foundationModels/v1/completion",
}  # fmt: skip


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(runtime: Runtime, place: MadeWorkspace) -> Assistant:
    return await make_assistant(runtime, place)


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


@pytest.mark.parametrize("kind", PATHS)
async def test_assistant_answers_through_the_wire_that_was_chosen(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, who: Assistant, fake: FakeLlm, kind: str
) -> None:  # fmt: skip
    given = {
        "kind": kind, "folder": "b1f", "base_url": fake.origin, "default_model": "m-1", "api_key": "sk-secret"
    }  # fmt: skip
    saved = (await client.put(PROVIDER, headers=place.headers, json=given)).json()
    assert (saved["kind"], saved["folder"], saved["has_key"]) == (kind, "b1f", True)
    fake.default = Say("Доставка стоит 350 рублей.", usage=(40, 7))
    tested = (await client.post(f"{PROVIDER}/test", headers=place.headers)).json()
    assert (tested["answers"]["ok"], tested["embedding"]) == (True, None)
    said = await answers.ask(runtime, place.id, who, QUESTION, locale="ru")
    assert (said.mode, said.text) == (Mode.MODEL, "Доставка стоит 350 рублей.")
    assert fake.requests[-1].path.partition("?")[0] == PATHS[kind]
    kept = await client.put(PROVIDER, headers=place.headers, json={**given, "api_key": None})
    fake.default = Fail(401)
    refused = (await client.post(f"{PROVIDER}/test", headers=place.headers)).json()["answers"]
    assert (kept.json()["has_key"], refused["code"]) == (True, "llm_auth")
    assert "sk-secret" not in str(refused)


async def test_model_of_an_assistant_finds_the_installations_provider_that_has_it(
    runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    settings = runtime.settings
    settings.openai_api_key = settings.anthropic_api_key = SecretStr("key")
    settings.anthropic_base_url = fake.origin
    found = {
        model: await llm.find_provider(runtime, place.id, model=model)
        for model in ("", "gpt-5.1", "claude-new", "qwen")
    }
    kinds = {model: each.kind for model, each in found.items() if each is not None}
    expected = dict.fromkeys(found, WireKind.OPENAI) | {"claude-new": WireKind.ANTHROPIC}
    assert kinds == expected


async def test_folder_is_asked_for_and_the_address_tells_the_kind(
    client: httpx.AsyncClient, place: MadeWorkspace
) -> None:
    given = {"base_url": "https://llm.api.cloud.yandex.net", "default_model": "yandexgpt"}
    refused = await client.put(PROVIDER, headers=place.headers, json=given)
    assert (refused.status_code, refused.json()["code"]) == (422, "folder_missing")
    page = await client.post("/dashboard/settings/model", headers=place.headers, data=given)
    assert page.status_code == 422
    assert "folder-error" in page.text
    saved = await client.put(PROVIDER, headers=place.headers, json={**given, "folder": "b1f"})
    assert saved.json()["kind"] == "yandex"
    offered = (await client.get(f"{PROVIDER}/models", headers=place.headers)).json()
    assert "yandexgpt-lite" in [each["id"] for each in offered]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://api.openai.com/v1", WireKind.OPENAI),
        ("http://localhost:11434", WireKind.OPENAI),
        ("https://api.anthropic.com/", WireKind.ANTHROPIC),
        ("https://api.deepseek.com/anthropic", WireKind.ANTHROPIC),
        ("https://generativelanguage.googleapis.com/v1beta", WireKind.GEMINI),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", WireKind.OPENAI),
        ("https://llm.api.cloud.yandex.net/foundationModels/v1", WireKind.YANDEX),
        ("https://llm.api.cloud.yandex.net/v1", WireKind.OPENAI),
    ],
)
def test_kind_of_a_provider_is_told_by_its_address(address: str, kind: WireKind) -> None:
    assert recognize(address) is kind


async def test_price_of_a_model_holds_at_its_providers_own_address_only(runtime: Runtime) -> None:
    def at(address: str) -> llm.Provider:
        return llm.Provider(
            "x", address, "yandexgpt-lite", own=True, api_key=SecretStr(""), kind=WireKind.YANDEX
        )  # fmt: skip

    official = await list_price(runtime, at("https://llm.api.cloud.yandex.net"), "yandexgpt-lite")
    assert official is not None
    assert official.currency == "RUB"
    assert await list_price(runtime, at("https://proxy.example"), "yandexgpt-lite") is None
