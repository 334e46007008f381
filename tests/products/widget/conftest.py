"""A company's widget for each test."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.products.widget.counter import Counter, open_counter


@pytest.fixture
async def counter(client: httpx.AsyncClient, runtime: Runtime) -> Counter:
    return await open_counter(client, runtime)
