"""The application: one process with everything, put together from the manifests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from besedka import __version__
from besedka.boot import Boot
from besedka.core import health, logging, problems
from besedka.core.config import Settings, load_settings
from besedka.core.errors import BesedkaError
from besedka.core.middleware import BodyLimit, Observe, Paths
from besedka.core.runtime import Runtime
from besedka.core.security.headers import SecurityHeaders
from besedka.modules import MODULES

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
        exception_handlers=_handlers(),
    )
    app.state.settings = settings
    app.state.on_ready = on_ready
    _mount(app)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(Observe),
        Middleware(SecurityHeaders, https=settings.secure_cookies),
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Besedka-Workspace",
                "Idempotency-Key",
                "X-CSRF-Token",
            ],
            expose_headers=["Link", "X-Request-Id", "Retry-After"],
        ),
        Middleware(Paths),
        Middleware(BodyLimit, upload_bytes=settings.max_upload_mb * MEBIBYTE),
    ]


def _mount(app: FastAPI) -> None:
    app.include_router(health.router)
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


Handler = Callable[[Request, Exception], Coroutine[object, object, Response]]


def _handlers() -> dict[int | type[Exception], Handler]:
    async def ours(request: Request, error: Exception) -> Response:  # noqa: RUF029 - the framework runs plain handlers in a thread
        assert isinstance(error, BesedkaError)
        return problems.from_error(request, error)

    async def invalid(request: Request, error: Exception) -> Response:  # noqa: RUF029 - the framework runs plain handlers in a thread
        assert isinstance(error, RequestValidationError)
        return problems.from_validation(request, error)

    async def framework(request: Request, error: Exception) -> Response:  # noqa: RUF029 - the framework runs plain handlers in a thread
        assert isinstance(error, HTTPException)
        return problems.from_http(request, error)

    async def crash(request: Request, error: Exception) -> Response:  # noqa: RUF029 - the framework runs plain handlers in a thread
        return problems.from_crash(request, error)

    return {
        BesedkaError: ours,
        RequestValidationError: invalid,
        HTTPException: framework,
        Exception: crash,
    }
