"""Errors as pages: what happened, what was kept, what to do."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from besedka.core.i18n import has_text, locale_of, text
from besedka.web.person import known_identity
from besedka.web.render import render
from besedka.web.typed import Typed


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: a browser that asked for HTML, outside the API."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get(
        "accept", ""
    )


def error_page(
    request: Request, *, status: int, code: str, detail: str, typed: Sequence[Typed] = ()
) -> Response:
    """Answer with an error as a page. It asks nothing of the database, which may be what is broken."""
    content = render(
        request,
        "error.html",
        known_identity(request),
        heading=_heading(locale_of(request), status),
        detail=detail,
        status=status,
        code=code,
        typed=typed,
        request_id=request.scope.get("besedka.request_id", ""),
    )
    return HTMLResponse(content, status)


def _heading(locale: str, status: int) -> str:
    exact = f"shell.error_{status}"
    family = "shell.error_5xx" if status >= 500 else "shell.error_4xx"
    return text(locale, exact if has_text(exact) else family)
