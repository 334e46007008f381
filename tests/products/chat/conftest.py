"""What tests of chats with models stand on."""

from collections.abc import AsyncIterator

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.factories import make_workspace
from tests.fakes.llm import FakeLlm
from tests.products.chat.scenes import Scene, connect, open_chat


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


@pytest.fixture
async def scene(client: httpx.AsyncClient, runtime: Runtime, fake: FakeLlm) -> Scene:
    """A chat whose workspace has a key of its own."""
    made = await make_workspace(runtime)
    await connect(runtime, made, fake)
    return await open_chat(client, runtime, made, fake)
