"""The API reference works in a browser, from our own files only."""

import httpx
import pytest
from playwright.async_api import expect

from tests.web.conftest import OpenPage

LOADS_MS = 90_000
"""Both viewers read a document of a megabyte, on a machine that is busy with other tests."""


async def test_reference_has_a_policy_of_its_own(client: httpx.AsyncClient) -> None:
    response = await client.get("/docs")
    assert "'unsafe-inline'" in response.headers["content-security-policy"]
    assert "script-src 'self';" in response.headers["content-security-policy"]


async def test_unknown_file_of_the_reference_is_not_found(client: httpx.AsyncClient) -> None:
    for name in ("nothing.js", "..%2fmanifest.json", "swagger-ui.css.gz"):
        assert (await client.get(f"/reference/{name}")).status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_reference_lists_operations(
    path: str, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    page = await open_page()
    await page.goto(address + path)
    if path == "/docs":
        await page.locator("#operations-tag-auth").click(timeout=LOADS_MS)
    await expect(page.locator("#reference")).to_contain_text("/api/v1/auth/login", timeout=LOADS_MS)
    # Redoc asks its maker's host for a logo; the policy refuses, which is what it is for.
    assert [each for each in complaints if "The action has been blocked" not in each] == []
