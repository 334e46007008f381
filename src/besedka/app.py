"""The application: one process with everything, put together from the manifests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware

from besedka import __version__
from besedka.boot import Boot
from besedka.core import health, logging
from besedka.core.config import Settings, load_settings
from besedka.core.middleware import BodyLimit, Observe, Paths
from besedka.core.routing import RouteIndex
from besedka.core.runtime import Runtime
from besedka.core.security.cors import Cors
from besedka.modules import MODULES
from besedka.web import reference, render
from besedka.web import routes as web
from besedka.web.handlers import HANDLERS, present

log = structlog.get_logger(__name__)

OnReady = Callable[[Runtime], Awaitable[None]]

API = "/api/v1"
MEBIBYTE = 1024 * 1024


def create_app(settings: Settings | None = None, *, on_ready: OnReady | None = None) -> FastAPI:
    """Build the application; the database is opened when it starts, then `on_ready` is called."""
    settings = settings or load_settings()
    logging.set_up(settings)
    app = FastAPI(
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
    app.state.on_ready = on_ready
    render.install(MODULES)
    _mount(app)
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


def _mount(app: FastAPI) -> None:
    app.router.middleware_stack = RouteIndex(app.router)
    app.include_router(health.router)
    for router in (web.router, reference.router):
        app.include_router(router, include_in_schema=False)
    for manifest in MODULES:
        for router in manifest.routers:
            app.include_router(router, prefix=API)
        for router in (*manifest.root_routers, *manifest.pages):
            app.include_router(router, include_in_schema=False)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        boot = Boot(app.state.settings)
        app.state.runtime = await stack.enter_async_context(boot.running())
        if app.state.on_ready is not None:
            await app.state.on_ready(app.state.runtime)
        yield
