"""What tests of servers of models stand on: a host, fake servers, and an installation that is left as it was found."""

from collections.abc import AsyncIterator

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import FakeLlm

SERVERS = "/api/v1/model-servers"


@pytest.fixture
async def host(runtime: Runtime) -> AsyncIterator[MadeWorkspace]:
    yield await make_workspace(runtime, is_host=True)
    async with runtime.db.system.transaction() as conn:
        for each in await llm.list_servers(runtime):
            await llm.delete_server(runtime, conn, each.id)
        await llm.set_order(runtime, conn, [])


@pytest.fixture
async def one() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


@pytest.fixture
async def two() -> AsyncIterator[FakeLlm]:
    async with FakeLlm() as server:
        yield server


async def connect(
    client: httpx.AsyncClient, host: MadeWorkspace, fake: FakeLlm, name: str, **model: object
) -> dict[str, str]:
    """Connect a server with one model, `fake-large`, that costs nothing unless it is said."""
    price = {"currency": "RUB", "input": 0, "output": 0}
    body = {
        "name": name, "base_url": fake.base_url, "api_key": f"sk-{name}-secret",
        "models": [{"id": "fake-large", "price": price, **model}],
    }  # fmt: skip
    made = await client.post(SERVERS, json=body, headers=host.headers)
    assert made.status_code == 201, made.text
    found: dict[str, str] = made.json()
    return found
