"""Cross-origin requests: listed origins for the API, every origin for what is public and takes no cookie."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Besedka-Workspace",
    "Idempotency-Key",
    "X-CSRF-Token",
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
)
EXPOSED_HEADERS = (
    "Link",
    "X-Request-Id",
    "Retry-After",
    "Location",
    "Tus-Resumable",
    "Upload-Expires",
    "Upload-File",
    "Upload-Length",
    "Upload-Offset",
)


class Cors:
    """Chooses the rule by the path.

    A request without an Origin is none of its business: answers are not cached by default, and those that may be
    cached for everybody are open to every origin or to none.
    """

    def __init__(
        self, app: ASGIApp, *, origins: Sequence[str], public_paths: Sequence[str]
    ) -> None:
        self._app = app
        self._listed = _rule(app, origins)
        self._public = _rule(app, ("*",))
        self._public_paths = tuple(public_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            public = scope["path"].startswith(self._public_paths)
            app = self._public if public else self._listed
        await app(scope, receive, send)


def _rule(app: ASGIApp, origins: Sequence[str]) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=["*"],
        allow_headers=list(ALLOWED_HEADERS),
        expose_headers=list(EXPOSED_HEADERS),
    )
