"""The worker's browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.plugins.needs import find_chromium


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the run: every test opens windows of its own, that share nothing."""
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        yield made
        await made.close()
