"""The company of a test."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.products.inbox.places import Place, open_place


@pytest.fixture
async def place(runtime: Runtime, client: httpx.AsyncClient) -> Place:
    return await open_place(runtime, client)
