"""The index of routes: the same answers as the framework's, found without trying every route."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import FastAPIError
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Mount, Route

from besedka.core import health
from besedka.core.routing import LateRoute, RouteIndex, RouteTable, hot, read_body, short
from besedka.modules import MODULES
from besedka.web import reference, routes

router = APIRouter(prefix="/chats", route_class=LateRoute)
me_router = APIRouter(route_class=LateRoute)


@me_router.get("/me")
@hot
async def me(request: Request) -> Response:
    return Response(request.url.path)


@router.get("")
async def chats(limit: int = 5) -> dict[str, object]:
    return {"route": "chats", "limit": limit}


@router.get("/{chat_id}")
async def chat(chat_id: str) -> dict[str, object]:
    return {"route": "chat", "id": chat_id}


@router.get("/recent")
async def shadowed() -> dict[str, object]:
    return {"route": "never: the one above was there first"}


@router.post("/{chat_id}/messages")
async def post(chat_id: int, request: Request) -> dict[str, object]:
    return {"route": "post", "id": chat_id, "params": dict(request.path_params)}


class Words(BaseModel):
    body: str


async def say_shortly(request: Request) -> Response | None:
    said = await read_body(request, Words)
    return None if said is None else Response(f"{request.path_params['chat_id']}: {said.body}")


@router.post("/{chat_id}/words")
@short(say_shortly)
async def say(chat_id: str, said: Words) -> Response:
    return Response(f"the framework in {chat_id}: {said.body}")


@router.get("/{chat_id}/messages/{message_id}")
async def message(chat_id: str, message_id: int) -> dict[str, object]:
    return {"route": "message", "ids": [chat_id, message_id]}


@router.get("/files/{path:path}")
async def files(path: str) -> dict[str, object]:
    return {"route": "files", "path": path}


@router.get("/theme/{name}.css")
async def theme(name: str) -> dict[str, object]:
    return {"route": "theme", "name": name}


@router.api_route("/both", methods=["PUT", "DELETE"], include_in_schema=False)
async def both(request: Request) -> dict[str, object]:
    return {"route": "both", "method": request.method}


def _app(*, indexed: bool) -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    table = RouteTable()
    index = RouteIndex(app.router, table)
    if indexed:
        app.router.middleware_stack = index
    for included, prefix in ((me_router, ""), (router, "/api/v1"), (router, "/v1")):
        app.include_router(included, prefix=prefix)
        table.add(included, prefix=prefix)
        index.note(included)
    inside = Route("/x", lambda _request: Response("mounted"))
    app.router.routes.append(Mount("/mount", routes=[inside]))
    return app


PATHS = [
    "/me", "/api/v1/chats", "/v1/chats", "/v1/chats?limit=7", "/v1/chats?limit=x", "/v1/chats/",
    "/v1/chats/7", "/v1/chats/recent", "/v1/chats/7/messages", "/v1/chats/x/messages",
    "/api/v1/chats/7/messages/8", "/v1/chats/7/messages/x", "/v1/chats/7/messages/8/9",
    "/v1/chats/files/a/b/c.txt", "/v1/chats/files/", "/v1/chats/theme/acme.css",
    "/v1/chats/theme/acme.js", "/v1/chats/both", "/v1/chats/a%2Fb", "/v1/chats/%D1%8F", "//v1/chats",
    "/mount/x", "/mount/y", "/", "/nothing", "/openapi.json",
]  # fmt: skip


@pytest.fixture
def clients() -> Iterator[tuple[TestClient, TestClient]]:
    with TestClient(_app(indexed=True)) as ours, TestClient(_app(indexed=False)) as plain:
        yield ours, plain


@pytest.mark.parametrize(("method", "path"), list(product(["GET", "POST", "PUT", "HEAD"], PATHS)))
def test_indexed_routes_answer_as_the_frameworks_do(
    clients: tuple[TestClient, TestClient], method: str, path: str
) -> None:
    ours, plain = ([client.request(method, path) for _ in range(2)] for client in clients)
    for mine, theirs in zip(ours, plain, strict=True):
        assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
        assert _allowed(mine.headers) >= _allowed(theirs.headers)


def _allowed(headers: Mapping[str, str]) -> set[str]:
    return {each for each in headers.get("allow", "").split(", ") if each}


def test_short_way_leaves_to_the_framework_what_is_wrong() -> None:
    short_way, whole = (TestClient(_app(indexed=indexed)) for indexed in (True, False))
    path = "/v1/chats/7/words"
    assert short_way.post(path, json={"body": "Hello"}).text == "7: Hello"
    assert whole.post(path, json={"body": "Hello"}).text == "the framework in 7: Hello"
    plain = {"Content-Type": "text/plain"}
    for body, headers in ((b'{"body": 7}', {}), (b"{", {}), (b"", {}), (b'{"body": "x"}', plain)):
        said = {"Content-Type": "application/json", **headers}
        answer = short_way.post(path, content=body, headers=said)
        expected = whole.post(path, content=body, headers=said)
        assert (answer.status_code, answer.json()) == (422, expected.json())


def test_a_refused_method_is_told_all_that_the_path_takes() -> None:
    app = _app(indexed=True)
    with TestClient(app) as client:
        refused = client.delete("/v1/chats/both/messages")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert client.get("/v1/chats/both").json() == {"route": "chat", "id": "both"}
        assert client.post("/v1/chats/both").headers["allow"] == "DELETE, GET, PUT"


def test_paths_with_parameters_are_not_remembered_one_by_one() -> None:
    app = _app(indexed=True)
    index = app.router.middleware_stack
    assert isinstance(index, RouteIndex)
    with TestClient(app) as client:
        for number in range(50):
            client.get(f"/v1/chats/{number}")
            client.get("/v1/chats")
    assert len(index._table._plain) == 1


def test_route_is_declared_when_it_is_first_called() -> None:
    late = APIRouter(route_class=LateRoute)

    @late.post("/never", status_code=201)
    async def never(count: int) -> dict[str, int]:
        return {"count": count}

    @late.get("/now")
    async def now() -> dict[str, int]:
        return {"count": 1}

    app = FastAPI()
    table = RouteTable()
    table.add(late)
    app.router.middleware_stack = index = RouteIndex(app.router, table)
    app.include_router(late)
    index.note(late)
    with TestClient(app) as client:
        assert client.get("/now").json() == {"count": 1}
        assert [_is_declared(route) for route in late.routes] == [False, True]
        assert client.post("/never?count=2").status_code == 201
        assert client.post("/never?count=x").status_code == 422


def test_all_routes_of_the_product_are_declared_late() -> None:
    routers = [
        router
        for module in MODULES
        for router in (
            *module.routers,
            *module.standard_routers,
            *module.root_routers,
            *module.pages,
        )
    ]
    early = [
        route
        for router in (*routers, health.router, routes.router, reference.router)
        for route in router.routes
        if not isinstance(route, LateRoute)
    ]
    assert early == []


def _is_declared(route: object) -> bool:
    return isinstance(route, LateRoute) and "dependant" in vars(route)


class _NoModel:
    """What no request can have."""


def test_wrong_declaration_is_raised_whenever_the_route_is_wanted() -> None:
    late = APIRouter(route_class=LateRoute)

    @late.get("/wrong")
    async def wrong(given: _NoModel) -> None:
        del given

    (route,) = late.routes
    assert isinstance(route, LateRoute)
    for _ in range(2):
        with pytest.raises(FastAPIError, match="Invalid args"):
            assert route.dependant is not None
