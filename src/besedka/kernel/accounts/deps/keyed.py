"""Routes that may be called again: `APIRouter(route_class=KeyedRoute)` makes its POSTs honour `Idempotency-Key`.

It wraps the route itself, so nothing is looked at in requests that go elsewhere, and a POST without the header costs one look at its
headers. Left alone are strangers (a key belongs to a person), multipart forms (a file goes to the disk as it comes, and is read once),
and answers that are streams.
"""

import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from besedka.core.deps import get_runtime
from besedka.core.errors import BesedkaError, InvalidInput, Unavailable
from besedka.core.ids import random_id
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import check_origin, find_identity, session_cookie
from besedka.kernel.accounts.service import csrf, idempotency
from besedka.kernel.accounts.types import Answer, Attempt, Identity

log = structlog.get_logger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LONGEST: Final = 200
KEPT_HEADERS: Final = ("content-type", "location", "link")

Run = Callable[[Request], Awaitable[Response]]


class KeyedRoute(LateRoute):
    """A route whose POST is done once per (person, route, key), and answered the same way again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        run = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return run

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.headers.get("content-type", "").lower().startswith(
                "multipart/"
            ):
                return await run(request)
            return await _once(request, run, route=self.path_format, key=key)

        return once


def is_keyed(route: object) -> bool:
    """Whether a route honours the header."""
    return isinstance(route, KeyedRoute) and "POST" in (route.methods or ())


async def _once(request: Request, run: Run, *, route: str, key: str) -> Response:
    """Answer from what is kept, or run the route and keep what it answers."""
    # Read before the credentials: what checks a page's form would take the body away.
    body = await request.body()
    identity = await _find_caller(request)
    if identity is None:
        return await run(request)
    if not 0 < len(key) <= LONGEST:
        raise InvalidInput(field=HEADER)
    attempt = Attempt(
        workspace_id=identity.workspace_id, actor_id=identity.actor_id, route=route, key=key,
        request_hash=_hash(request, body), holder=random_id(),
    )  # fmt: skip
    runtime = get_runtime(request)
    async with runtime.db.fast.acquire(attempt.workspace_id) as conn:
        before = await idempotency.begin(conn, attempt, runtime.secrets)
    if before is not None:
        return Response(before.body, before.status, headers={**before.headers, REPLAYED: "true"})
    return await _run(request, run, runtime=runtime, attempt=attempt)


async def _run(request: Request, run: Run, *, runtime: Runtime, attempt: Attempt) -> Response:
    """Run the route under the lease; what came to nothing leaves no trace."""
    lease = runtime.background.spawn(
        idempotency.keep_lease(runtime, attempt), name="lease of an idempotency key"
    )
    try:
        response = await run(request)
    except Exception:
        await _drop(runtime, attempt)
        raise
    finally:
        lease.cancel()
    answer = _answer(response)
    if answer is None:
        await _drop(runtime, attempt)
        return response
    return _Keeping(response, runtime=runtime, attempt=attempt, answer=answer)


class _Keeping(Response):
    """An answer that is kept before it is sent: by then the route's transaction is committed."""

    def __init__(
        self, inner: Response, *, runtime: Runtime, attempt: Attempt, answer: Answer
    ) -> None:
        super().__init__(status_code=inner.status_code)
        self._inner, self._runtime, self._attempt, self._answer = inner, runtime, attempt, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        runtime, attempt = self._runtime, self._attempt
        try:
            async with runtime.db.fast.acquire(attempt.workspace_id) as conn:
                await idempotency.keep(conn, attempt, answer=self._answer, box=runtime.secrets)
        except Unavailable as error:
            # The deed is done: the caller hears of it, and only a repetition will not.
            log.warning("an answer was not kept", route=attempt.route, cause=repr(error))
        await self._inner(scope, receive, send)


async def _find_caller(request: Request) -> Identity | None:
    """Return who asks; None for those whom the route itself will answer: strangers, and bad credentials."""
    try:
        identity = await find_identity(request)
        if identity is not None and identity.by_cookie:
            check_origin(request)
            token, cookie = request.headers.get("x-csrf-token"), session_cookie(request)
            if token is None or cookie is None or not csrf.fits(cookie, token):
                return None
    except BesedkaError:
        return None
    return identity


async def _drop(runtime: Runtime, attempt: Attempt) -> None:
    # When the database is away the lease ends by itself.
    with suppress(Unavailable):
        async with runtime.db.fast.acquire(attempt.workspace_id) as conn:
            await idempotency.drop(conn, attempt)


def _answer(response: Response) -> Answer | None:
    """Return what is to be kept of a response: nothing of a refusal, and nothing of a stream."""
    body = getattr(response, "body", None)
    if response.status_code >= 400 or not isinstance(body, bytes):
        return None
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answer(status=response.status_code, headers=headers, body=body)


def _hash(request: Request, body: bytes) -> bytes:
    """Return what tells one request from another on the same route: its address and its body."""
    scope = request.scope
    digest = hashlib.sha256(scope["path"].encode())
    digest.update(b"?" + scope["query_string"] + b"\n")
    digest.update(body)
    return digest.digest()
