"""Finding a request's route by its path's segments, not by trying every route in turn.

FastAPI tries the routes of every included router one after the other, and does so twice. With some hundred routes
that costs more than answering. The index is built from the same routes, keeps their order where several fit, and
leaves to FastAPI what it does not know: other methods, mounts, sockets, unknown paths.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.convertors import Convertor
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

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


@dataclass(slots=True)
class Entry:
    """One route as the index knows it."""

    order: int
    path: str
    methods: frozenset[str]
    pattern: Pattern[str]
    convertors: dict[str, Convertor[Any]]
    route: BaseRoute
    endpoint: Callable[..., object]
    app: ASGIApp

    def match(self, method: str, path: str) -> dict[str, object] | None:
        """Return the path's parameters, None when the route does not fit."""
        if method not in self.methods:
            return None
        found = self.pattern.match(path)
        if found is None:
            return None
        return {
            name: self.convertors[name].convert(value) for name, value in found.groupdict().items()
        }


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


class RouteIndex:
    """Stands before a router and answers from its index; the router does the rest."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._rest = router.middleware_stack
        self._plain: dict[tuple[str, str], Entry] = {}
        self._root = Node()
        self._built = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = None
        if scope["type"] == "http" and not scope.get("root_path"):
            method, path = scope["method"], scope["path"]
            entry = self._plain.get((method, path))
            params: dict[str, object] | None = {}
            if entry is None:
                entry, params = self._find(method, path)
        if entry is None:
            await self._rest(scope, receive, send)
            return
        scope["router"] = self._router
        scope["route"] = entry.route
        scope["endpoint"] = entry.endpoint
        scope["path_params"] = params
        await entry.app(scope, receive, send)

    def _find(self, method: str, path: str) -> tuple[Entry | None, dict[str, object] | None]:
        if not self._built:
            self._build()
        candidates = list(self._root.find(path.split("/")[1:]))
        if len(candidates) > 1:
            candidates.sort(key=_order)
        for entry in candidates:
            params = entry.match(method, path)
            if params is not None:
                if not params and entry.path == path:
                    self._plain[method, path] = entry
                return entry, params
        return None, None

    def _build(self) -> None:
        """Read the router's routes, once all of them are there: at the first request."""
        self._built = True
        for order, context in enumerate(iter_route_contexts(self._router.routes)):
            if isinstance(context.original_route, APIRoute):
                entry = _entry(order, context)
                self._root.add(entry.path.split("/")[1:], entry)


def _order(entry: Entry) -> int:
    return entry.order


def _entry(order: int, context: RouteContext) -> Entry:
    endpoint = context.endpoint
    assert endpoint is not None
    return Entry(
        order=order,
        path=context.path or "",
        methods=frozenset(context.methods or ()),
        pattern=context.path_regex,
        convertors=context.param_convertors,
        route=context.original_route,
        endpoint=endpoint,
        app=_bare(endpoint) if is_hot(endpoint) else context.app,
    )


def _bare(endpoint: Callable[..., Awaitable[Response]]) -> ASGIApp:
    """Return a hot endpoint as an application of its own. Errors are presented by the layer above it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app
