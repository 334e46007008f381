"""A fake provider and a wire to it."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.guard import Guard
from besedka.kernel.llm.types import ChatRequest, user
from besedka.kernel.llm.wires.anthropic import AnthropicWire
from besedka.kernel.llm.wires.base import Endpoint
from besedka.kernel.llm.wires.gemini import GeminiWire
from besedka.kernel.llm.wires.openai import OpenAiWire
from besedka.kernel.llm.wires.retry import Retry
from besedka.kernel.llm.wires.spoken import SpokenWire
from besedka.kernel.llm.wires.yandex import YandexWire
from tests.fakes.llm import FakeLlm

KEY = "sk-test-0123456789abcdef"
REQUEST = ChatRequest("fake-large", (user("Что такое беседка?"),))
QUICK = Retry(attempts=3, base=0.001, longest=0.5)


@pytest.fixture
async def llm() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[OutgoingHttp]:
    client = OutgoingHttp(Guard(allow_private=True))
    yield client
    await client.close()


WIRES: dict[str, type[SpokenWire]] = {
    "openai": OpenAiWire, "anthropic": AnthropicWire, "gemini": GeminiWire, "yandex": YandexWire,
}  # fmt: skip


@pytest.fixture
def spoken(request: pytest.FixtureRequest, llm: FakeLlm, http: OutgoingHttp) -> SpokenWire:
    """The wire that the test's parameter names."""
    endpoint = Endpoint(llm.origin, SecretStr(KEY), folder="b1folder")
    return WIRES[request.param](http, endpoint, retry=QUICK)


@pytest.fixture
def wire(llm: FakeLlm, http: OutgoingHttp) -> OpenAiWire:
    return OpenAiWire(http, Endpoint(llm.base_url, SecretStr(KEY)), retry=QUICK)
