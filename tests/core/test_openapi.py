"""The OpenAPI document: who may ask, and every error as a problem."""

from typing import Any

import httpx
import pytest

from besedka.core.problems import MEDIA_TYPE
from tests.described import whole


@pytest.fixture
async def document() -> dict[str, Any]:
    transport = httpx.ASGITransport(app=whole())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


async def test_routes_that_ask_who_calls_say_so(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    for path, method in (
        ("/api/v1/auth/me", "get"), ("/api/v1/users", "post"), ("/api/v1/auth/sessions", "get"),
    ):  # fmt: skip
        operation = document["paths"][path][method]
        assert operation["security"] == [{"bearer": []}, {"cookie": []}], path
        assert {"401", "403", "404"} <= set(operation["responses"]), path
    for path in ("/api/v1/auth/login", "/api/v1/auth/register"):
        assert "security" not in document["paths"][path]["post"]


async def test_every_error_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    assert list(response["content"]) == [MEDIA_TYPE], (path, method, status)
                    assert response["description"], (path, method, status)
    assert "HTTPValidationError" not in str(document)


async def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for each in value.values() for found in references(each)]
        if isinstance(value, list):
            return [found for each in value for found in references(each)]
        return []

    names = {reference.rsplit("/", 1)[1] for reference in references(document)}
    assert names <= set(document["components"]["schemas"])
