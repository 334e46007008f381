"""Pure ASGI middleware: paths, body limits, request ids with log and metrics."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from besedka.core.errors import TooLarge, Unavailable
from besedka.core.metrics import REQUESTS
from besedka.core.problems import from_error
from besedka.core.security.headers import SecurityHeaders

log = structlog.get_logger("besedka.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SMALL_BODY = 2 * 1024 * 1024
UPLOAD_SLACK = 1024 * 1024
SLOW_SECONDS = 1.0
SHUTDOWN = "graceful shutdown exceeded"
"""What uvicorn says to the tasks that it ends."""

OnCrash = Callable[[Request, Exception], Awaitable[Response]]


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


UPLOAD_TYPES = (b"multipart/", b"application/offset+octet-stream")


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
            if headers.get(b"content-type", b"").startswith(UPLOAD_TYPES)
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


def _told(error: BaseException) -> Exception | None:
    """Return what a client is told of a failure; nothing when its request was given up by somebody else.

    A server that stops ends what it has waited for long enough.
    """
    if isinstance(error, Exception):
        return error
    is_over = bool(error.args) and SHUTDOWN in str(error.args[0])
    return Unavailable() if is_over else None


class Observe:
    """Gives every request an id and every answer its security headers; counts, and logs the slow and the failed.

    All in one: each layer that looks at what is sent costs a hot request two more calls per message.
    """

    def __init__(self, app: ASGIApp, *, https: bool, on_crash: OnCrash) -> None:
        self.app = app
        self._on_crash = on_crash
        self._headers = SecurityHeaders(https=https)
        self._ids = (f"{secrets.token_hex(5)}{number:06x}" for number in itertools.count())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, add = time.perf_counter(), 0, self._headers.add
        scope["besedka.request_id"] = request_id = next(self._ids)

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message["headers"])
                add(headers)
                headers.append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self.app(scope, receive, observed)
        except (Exception, asyncio.CancelledError) as error:
            told = _told(error)
            if told is None or (status and told is error):
                raise
            if not status:
                answer = await self._on_crash(Request(scope, receive), told)
                await answer(scope, receive, observed)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, took: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.add(method, status, seconds=took)
        if status >= 500 or took > SLOW_SECONDS:
            log.warning(
                "request",
                id=scope["besedka.request_id"],
                method=method,
                path=scope["path"],
                status=status,
                seconds=round(took, 3),
            )
