"""`/llm/models`: what somebody can use, with prices and abilities, from his workspace's provider or the installation's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from besedka.core.config import BadSettings, Settings
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.llm.catalog import load_catalog
from besedka.kernel.llm.types import Ability, WireKind
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.llm import FakeLlm

MODELS = "/api/v1/llm/models"
HOSTS = """
[[models]]
id = "fake-small"
provider = "openai"
name = "Small"
context = 9000
currency = "RUB"
input = 5_000_000
output = 9_000_000
abilities = ["tools"]

[[models]]
id = "gemini-fake"
provider = "gemini"
"""


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The host has a list of his own."""
    settings.models_file = tmp_path / "models.toml"
    settings.models_file.write_text(HOSTS)
    return settings


async def test_models_of_the_workspaces_provider_are_listed_with_what_is_known_of_them(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    member = await make_person(runtime, place, role=Role.MEMBER)
    assert (await client.get(MODELS, headers=member.headers)).json() == []
    fake.models += [{"id": "gpt-4o-2024-11-20"}, {"id": "text-embedding-3-small"}]
    given = {"base_url": fake.base_url, "default_model": "fake-large", "api_key": "k"}
    await client.put("/api/v1/provider", headers=place.headers, json=given)
    found = (await client.get(MODELS, headers=member.headers)).json()
    assert [each["id"] for each in found] == ["fake-large", "fake-small", "gpt-4o-2024-11-20"]
    large, small, known = found
    assert large == {
        "id": "fake-large", "name": "fake-large", "provider": "openai", "own": True, "key": "workspace", "default": True,
        "context": None, "price": None, "abilities": None,
    }  # fmt: skip
    price = {
        "currency": "RUB", "input": 5000000, "output": 9000000, "cached_input": 5000000, "long": None
    }  # fmt: skip
    assert (small["name"], small["context"], small["price"]) == ("Small", 9000, price)
    assert (small["abilities"], small["default"]) == (["tools"], False)
    # Elsewhere than at its provider a model can do the same, and costs who knows what.
    assert (known["name"], known["price"]) == ("GPT-4o (gpt-4o-2024-11-20)", None)
    assert known["abilities"] == ["vision", "files", "tools", "structured_output"]


async def test_models_of_all_the_installations_keys_are_listed_and_the_first_is_the_default(
    client: httpx.AsyncClient, runtime: Runtime, place: MadeWorkspace, fake: FakeLlm
) -> None:
    settings = runtime.settings
    settings.openai_api_key = settings.google_api_key = settings.yandex_api_key = SecretStr("key")
    settings.openai_base_url = settings.openai_base_url.replace(
        "https://api.openai.com", fake.origin
    )
    settings.google_base_url = settings.yandex_base_url = fake.origin
    settings.openai_model, settings.google_model = "fake-small", "gemini-fake"
    settings.yandex_folder_id = "f"
    found = (await client.get(MODELS, headers=place.headers)).json()
    assert [(each["id"], each["provider"], each["default"], each["own"]) for each in found] == [
        ("fake-small", "openai", True, False),
        ("fake-large", "openai", False, False),
        ("gemini-fake", "gemini", False, False),
        ("yandexgpt-lite", "yandex", False, False),
    ]
    assert found[2]["context"] == 1000
    assert found[3]["price"] is None


def test_list_that_is_shipped_knows_models_of_every_kind_and_their_dated_names() -> None:
    catalog = load_catalog()
    assert all(len(catalog.of(kind)) >= 4 for kind in WireKind)
    for kind, name, known in (
        (WireKind.ANTHROPIC, "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        (WireKind.OPENAI, "gpt-5.1-2025-11-13", "gpt-5.1"),
        (WireKind.GEMINI, "models/gemini-2.5-pro", "gemini-2.5-pro"),
        (WireKind.YANDEX, "gpt://b1g/yandexgpt/latest", "yandexgpt"),
    ):
        found = catalog.find(kind, name)
        assert found is not None
        assert (found.id, catalog.kind_of(name)) == (known, kind)
        assert Ability.TOOLS in (found.abilities or ())
    lite = catalog.find(WireKind.YANDEX, "yandexgpt-lite")
    assert lite is not None
    assert lite.price is not None
    assert (lite.price.currency, lite.price.input) == ("RUB", 200_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "[[models]]\nid = 'a'\nprovider = 'openai'\ninput = 1",
        "[[models]]\nid = 'a'\nprovider = 'nobody'",
        "[[models]]\nid = 'a'\nprovider = 'openai'\ninput = -1\noutput = 1",
        "[[models]]\nid = 'a'\nprovider = 'openai'\nprice = 1",
        "[[models",
    ],
)
def test_file_of_the_host_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "models.toml"
    file.write_text(text)
    with pytest.raises(BadSettings) as caught:
        load_catalog(given=file)
    assert str(file) in str(caught.value)
