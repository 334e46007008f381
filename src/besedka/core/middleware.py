"""Pure ASGI middleware: paths, body limits, request ids with log and metrics."""

import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from besedka.core.errors import TooLarge
from besedka.core.ids import new_token
from besedka.core.problems import from_error

log = structlog.get_logger("besedka.access")

REQUESTS = Counter("besedka_http_requests_total", "Answered requests.", ["method", "status"])
SECONDS = Histogram("besedka_http_request_seconds", "Time to the last byte.", ["method"])
SMALL_BODY = 2 * 1024 * 1024
UPLOAD_SLACK = 1024 * 1024
SLOW_SECONDS = 1.0


class Paths:
    """Makes `/x/` and `/x` one address, and `/w/{slug}/x` the address `/x` within a workspace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            path: str = scope["path"]
            if path.startswith("/w/") or (path[-1:] == "/" and path != "/"):
                scope = dict(scope)
                scope["besedka.path"] = path
                if path.startswith("/w/"):
                    slug, slash, rest = path[3:].partition("/")
                    scope["besedka.workspace"] = slug
                    path = slash + rest or "/"
                scope["path"] = path.rstrip("/") or "/"
                scope["raw_path"] = scope["path"].encode()
        await self.app(scope, receive, send)


class _BodyTooLarge(Exception):
    """The body went over its limit while it was read."""


class BodyLimit:
    """Refuses bodies over a limit before they are read, and cuts off those that lie about their length."""

    def __init__(self, app: ASGIApp, *, upload_bytes: int) -> None:
        self.app = app
        self._upload = upload_bytes + UPLOAD_SLACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = (
            self._upload
            if headers.get(b"content-type", b"").startswith(b"multipart/")
            else SMALL_BODY
        )
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _BodyTooLarge:
            if not started:
                await self._refuse(scope, receive, send, limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        await from_error(Request(scope), TooLarge(limit=limit)).as_json()(scope, receive, send)


class Observe:
    """Gives every request an id, counts it, and logs the slow and the failed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        scope["besedka.request_id"] = request_id = new_token()[:16]

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            took = time.perf_counter() - started
            REQUESTS.labels(scope["method"], status).inc()
            SECONDS.labels(scope["method"]).observe(took)
            if status >= 500 or took > SLOW_SECONDS:
                log.warning(
                    "request",
                    id=request_id,
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    seconds=round(took, 3),
                )
