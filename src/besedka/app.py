"""The application: one process with everything, put together from the manifests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from functools import cache
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.middleware import Middleware

from besedka import __version__
from besedka.boot import PATIENCE, Boot
from besedka.core import health, logging, memory
from besedka.core.config import Settings, load_settings
from besedka.core.db.sole import sole_server
from besedka.core.middleware import BodyLimit, Observe, Paths
from besedka.core.openapi import complete
from besedka.core.routing import RouteIndex, RouteTable
from besedka.core.runtime import Runtime
from besedka.core.security.cors import Cors
from besedka.kernel.accounts.deps import CARRIERS, asks_identity
from besedka.kernel.accounts.deps.keyed import is_keyed
from besedka.modules import MODULES
from besedka.web import reference, render
from besedka.web import routes as web
from besedka.web.handlers import HANDLERS, present

log = structlog.get_logger(__name__)


class Part(StrEnum):
    """What a server process serves: everything, or one of two parts that run in processes of their own."""

    ALL = "all"
    API = "api"
    SOCKETS = "ws"


OnReady = Callable[[Runtime], Awaitable[None]]

API = "/api/v1"
MEBIBYTE = 1024 * 1024


class Application(FastAPI):
    """FastAPI, with a document that says what holds for all routes."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            routes = [each for each in iter_route_contexts(self.routes) if _is_shown(each)]
            complete(
                document, routes, asks_identity=asks_identity, carriers=CARRIERS, is_keyed=is_keyed
            )
        return super().openapi()


def _is_shown(route: RouteContext) -> bool:
    return isinstance(route.original_route, APIRoute) and bool(route.include_in_schema)


def create_app(
    settings: Settings | None = None,
    *,
    on_ready: OnReady | None = None,
    part: Part = Part.ALL,
    for_good: bool = False,
) -> FastAPI:
    """Build the application, or a part of it; the database is opened when it starts, then `on_ready` is called.

    Only a whole application runs jobs; beside parts there have to be workers. With `for_good` the process is its own.
    """
    settings = settings or load_settings()
    logging.set_up(settings)
    app = Application(
        title="Besedka",
        version=__version__,
        lifespan=_lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        middleware=_middleware(settings),
        exception_handlers=HANDLERS,
    )
    app.state.settings = settings
    app.state.on_ready, app.state.for_good = on_ready, for_good
    app.state.part = part
    render.install(MODULES)
    _mount(app, part)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(Observe, https=settings.secure_cookies, on_crash=present),
        Middleware(
            Cors,
            origins=settings.cors_origins,
            public_paths=[path for manifest in MODULES for path in manifest.public_paths],
        ),
        Middleware(Paths),
        Middleware(BodyLimit, upload_bytes=settings.max_upload_mb * MEBIBYTE),
    ]


def _mount(app: FastAPI, part: Part) -> None:
    """Include the routers of a part; sockets first, for the framework finds them by trying one after the other."""
    index = RouteIndex(app.router, _table(part))
    app.router.middleware_stack = index
    for router, prefix, shown in _routers(part):
        app.include_router(router, prefix=prefix, include_in_schema=shown)
        index.note(router)


@cache
def _table(part: Part) -> RouteTable:
    table = RouteTable()
    for router, prefix, _ in _routers(part):
        table.add(router, prefix=prefix)
    return table


def _routers(part: Part) -> Iterator[tuple[APIRouter, str, bool]]:
    """Yield the routers with their prefix, and whether the OpenAPI document has them."""
    if part is not Part.API:
        yield from ((each, "", False) for manifest in MODULES for each in manifest.sockets)
    yield health.router, "", True
    if part is Part.SOCKETS:
        return
    yield web.router, "", False
    yield reference.router, "", False
    for manifest in MODULES:
        yield from ((each, API, True) for each in manifest.routers)
        yield from ((each, "", True) for each in manifest.standard_routers)
        yield from ((each, "", False) for each in (*manifest.root_routers, *manifest.pages))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        boot = Boot(app.state.settings, works=app.state.part is Part.ALL, patience=PATIENCE)
        app.state.runtime = await stack.enter_async_context(boot.running())
        await stack.enter_async_context(sole_server(app.state.runtime))
        if app.state.on_ready is not None:
            await app.state.on_ready(app.state.runtime)
        if app.state.for_good:
            memory.settle()
        yield
