"""Finding a request's route by its path's segments, not by trying every route in turn.

FastAPI tries the routes of every included router one after the other, and does so twice; before the first request it
makes every included route anew, which takes half a second. So does declaring them, which waits here until a route is wanted. The index knows the routers themselves, keeps the order of
their routes where several fit, and leaves to FastAPI only what is no such route: sockets, mounts, its own document.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from re import Pattern
from typing import Any, TypeVar, cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.convertors import Convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, compile_path, get_name
from starlette.types import ASGIApp, Message, Receive, Scope, Send

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"


class LateRoute(APIRoute):
    """A route that FastAPI declares when it is first asked for anything but where it is and whom it calls.

    Most routes of a process are never called: `APIRouter(route_class=LateRoute)` starts without them. What is wrong with a declaration is raised then.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Iterable[str] | None = None,
        name: str | None = None, **options: object,
    ) -> None:  # fmt: skip
        self.path, self.endpoint = path, endpoint
        self.name = name or get_name(endpoint)
        self.methods = {each.upper() for each in methods or ("GET",)}
        declare = cast(Callable[..., None], super().__init__)
        self.__dict__["_declare"] = partial(
            declare, path, endpoint, methods=methods, name=name, **options
        )

    def __getattr__(self, name: str) -> object:
        declare = None if name.startswith("__") else self.__dict__.pop("_declare", None)
        if declare is None:
            raise AttributeError(name)
        try:
            declare()
        except BaseException:
            self.__dict__["_declare"] = declare
            raise
        return getattr(self, name)


HotEndpoint = Callable[[Request], Awaitable[Response]]

_HOT = "besedka_hot"


def hot(endpoint: HotEndpoint) -> HotEndpoint:
    """Mark an endpoint that takes nothing but the request, asks who calls, and builds its own answer.

    FastAPI declares it, and has no part in answering: its solving of dependencies costs as much as a query.
    """
    setattr(endpoint, _HOT, True)
    return endpoint


def is_hot(endpoint: object) -> bool:
    """Whether an endpoint is marked as hot."""
    return getattr(endpoint, _HOT, False) is True


ShortWay = Callable[[Request], Awaitable[Response | None]]
"""Answers a request as its endpoint would; None where only the framework can say what is wrong with it."""

_SHORT = "besedka_short"

E = TypeVar("E", bound=Callable[..., object])


def short(way: ShortWay) -> Callable[[E], E]:
    """Mark an endpoint that has a shorter way than the framework's for requests with nothing wrong.

    FastAPI declares the endpoint, and answers whatever the short way leaves: a body of another kind or shape.
    """

    def mark(endpoint: E) -> E:
        setattr(endpoint, _SHORT, way)
        return endpoint

    return mark


async def read_body(request: Request, kind: type[M]) -> M | None:
    """Return the JSON body of a request; None for any other kind or shape."""
    said = request.headers.get("content-type", "")
    if said.partition(";")[0].strip().lower() != JSON:
        return None
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError:
        return None


def read_id(request: Request, name: str) -> UUID | None:
    """Return an id of the path; None for what is none."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        return None


@dataclass
class Entry:
    """One route as the index knows it."""

    order: int
    path: str
    route: APIRoute
    methods: frozenset[str]

    @cached_property
    def app(self) -> ASGIApp:
        """What answers."""
        endpoint = self.route.endpoint
        if is_hot(endpoint):
            return _bare(endpoint)
        way: ShortWay | None = getattr(endpoint, _SHORT, None)
        return self.route.app if way is None else _shortened(way, self.route)

    @cached_property
    def _compiled(self) -> tuple[Pattern[str], dict[str, Convertor[Any]]]:
        pattern, _, convertors = compile_path(self.path)
        return pattern, convertors

    def match(self, path: str) -> dict[str, object] | None:
        """Return the path's parameters, None when the route does not fit."""
        pattern, convertors = self._compiled
        found = pattern.match(path)
        if found is None:
            return None
        return {name: convertors[name].convert(value) for name, value in found.groupdict().items()}


@dataclass(slots=True)
class Node:
    """The routes that share a beginning. `deep` holds those whose parameter takes the rest of the path."""

    children: dict[str, "Node"] = field(default_factory=dict)
    any: "Node | None" = None
    here: list[Entry] = field(default_factory=list)
    deep: list[Entry] = field(default_factory=list)

    def add(self, segments: Sequence[str], entry: Entry) -> None:
        """Put a route below this node."""
        if not segments:
            self.here.append(entry)
            return
        first = segments[0]
        if ":path}" in first:
            self.deep.append(entry)
        elif "{" in first:
            self.any = self.any or Node()
            self.any.add(segments[1:], entry)
        else:
            self.children.setdefault(first, Node()).add(segments[1:], entry)

    def find(self, segments: Sequence[str], depth: int = 0) -> Iterator[Entry]:
        """Yield the routes that can fit."""
        yield from self.deep
        if depth == len(segments):
            yield from self.here
            return
        child = self.children.get(segments[depth])
        if child is not None:
            yield from child.find(segments, depth + 1)
        if self.any is not None:
            yield from self.any.find(segments, depth + 1)


class RouteTable:
    """The routes of routers, found by path. It knows no application: several can share it."""

    def __init__(self) -> None:
        self._root = Node()
        self._count = 0
        self._plain: dict[tuple[str, str], Entry] = {}

    def add(self, router: APIRouter, *, prefix: str = "") -> None:
        """Add the routes of a router that is whole by now. What else it has, such as sockets, is not for this table."""
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods = frozenset(route.methods or ())
                entry = Entry(self._count, prefix + route.path, route, methods)
                self._root.add(entry.path.split("/")[1:], entry)
                self._count += 1

    def find(self, method: str, path: str) -> tuple[Entry | None, dict[str, object]]:
        """Return the route of a request and the path's parameters, None when there is no such route."""
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain, {}
        for entry in self._candidates(path):
            params = entry.match(path) if method in entry.methods else None
            if params is not None:
                if not params and entry.path == path:
                    self._plain[method, path] = entry
                return entry, params
        return None, {}

    def fitting(self, path: str) -> list[Entry]:
        """Return the routes of a path, whatever their methods."""
        return [each for each in self._candidates(path) if each.match(path) is not None]

    def _candidates(self, path: str) -> list[Entry]:
        found = list(self._root.find(path.split("/")[1:]))
        if len(found) > 1:
            found.sort(key=_order)
        return found


class RouteIndex:
    """Stands before an application's router and answers from a table; the router does the rest."""

    def __init__(self, router: APIRouter, table: RouteTable) -> None:
        self._router, self._table = router, table
        self._rest = router.middleware_stack
        self._known: set[int] = set()  # routers that hold nothing but what the table has

    def note(self, router: APIRouter) -> None:
        """Note that the application has just included a router that the table has."""
        if all(isinstance(route, APIRoute) for route in router.routes):
            self._known.add(id(self._router.routes[-1]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            await self._rest(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        entry, params = self._table.find(method, path)
        if entry is None:
            await self._leave(scope, receive, send)
            return
        scope["router"] = self._router
        scope["route"] = entry.route
        scope["endpoint"] = entry.route.endpoint
        scope["path_params"] = params
        await entry.app(scope, receive, send)

    async def _leave(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave to the router what the table has not. Raises HTTPException 404, or 405 naming the methods there are."""
        others = (each for each in self._router.routes if id(each) not in self._known)
        if any(each.matches(scope)[0] is not Match.NONE for each in others):
            await self._rest(scope, receive, send)
            return
        fitting = self._table.fitting(scope["path"])
        if not fitting:
            raise HTTPException(404)
        allowed = frozenset[str]().union(*(each.methods for each in fitting))
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})


def _order(entry: Entry) -> int:
    return entry.order


def _bare(endpoint: Callable[..., Awaitable[Response]]) -> ASGIApp:
    """Return a hot endpoint as an application of its own. Errors are presented by the layer above it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def _shortened(way: ShortWay, route: APIRoute) -> ASGIApp:
    """Return a short way as an application that leaves to the framework what it does not answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await way(request)
        except ClientDisconnect as error:
            raise HTTPException(400) from error
        if response is not None:
            await response(scope, receive, send)
            return
        read = iter([await request.body()])

        async def again() -> Message:
            body = next(read, None)
            if body is None:
                return await receive()
            return {"type": "http.request", "body": body, "more_body": False}

        await route.app(scope, again, send)

    return app
