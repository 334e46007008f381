"""What every answer carries, even one of a crash, and what is counted."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from prometheus_client import generate_latest
from starlette.responses import Response, StreamingResponse

from besedka.core.middleware import Observe
from besedka.web.handlers import present

SAFE = ("content-security-policy", "x-content-type-options", "cache-control", "x-request-id")


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.add_middleware(Observe, https=True, on_crash=present)

    @app.get("/crash")
    async def crash() -> Response:
        raise RuntimeError("secret words")

    @app.get("/cached")
    async def cached() -> Response:
        return Response(headers={"Cache-Control": "public", "Content-Security-Policy": "sandbox"})

    @app.get("/broken-stream")
    async def broken() -> Response:
        def parts() -> Iterator[bytes]:
            yield b"first"
            raise RuntimeError("in the middle")

        return StreamingResponse(parts())

    @app.api_route("/odd", methods=["BREW"])
    async def odd(request: Request) -> Response:
        return Response(str(request.scope["besedka.request_id"]))

    @app.get("/slow")
    async def slow() -> Response:
        raise asyncio.CancelledError("Task cancelled, timeout graceful shutdown exceeded")

    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def test_crash_is_a_problem_with_every_safe_header_and_no_details(client: TestClient) -> None:
    response = client.get("/crash")
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "secret words" not in response.text
    for name in SAFE:
        assert name in response.headers, name
    assert response.headers["strict-transport-security"].startswith("max-age=")


def test_answer_with_its_own_policy_and_caching_keeps_them(client: TestClient) -> None:
    response = client.get("/cached")
    assert response.headers.get_list("cache-control") == ["public"]
    assert response.headers.get_list("content-security-policy") == ["sandbox"]


def test_stream_that_breaks_in_the_middle_is_cut_not_completed(client: TestClient) -> None:
    with pytest.raises(RuntimeError, match="in the middle"), TestClient(client.app) as strict:
        strict.get("/broken-stream")


def test_requests_have_ids_of_their_own_and_are_counted(client: TestClient) -> None:
    ids = {client.get("/cached").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5
    assert client.request("BREW", "/odd").status_code == 200
    shown = generate_latest().decode()
    assert 'besedka_http_requests_total{method="GET",status="200"}' in shown
    assert 'besedka_http_requests_total{method="other",status="200"}' in shown
    assert 'besedka_http_request_seconds_bucket{le="+Inf"}' in shown
    assert "BREW" not in shown


def test_request_that_the_stopping_server_ends_is_answered(client: TestClient) -> None:
    response = client.get("/slow")
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert int(response.headers["retry-after"]) > 0
