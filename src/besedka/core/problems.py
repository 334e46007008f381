"""Errors as problem+json (RFC 9457), in the caller's language."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from besedka.core.errors import BesedkaError
from besedka.core.i18n import has_text, locale_of, text

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}
_PARTS = ("body", "query", "path", "header", "cookie")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is presented: the same facts as JSON or on a page."""

    status: int
    code: str
    detail: str
    params: Mapping[str, object] = field(default_factory=dict)
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)
    """Members of the document besides those of the RFC and ours."""

    def as_json(self) -> Response:
        """Return the problem+json response."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": self.detail,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.params:
            body["params"] = dict(self.params)
        if self.errors:
            body["errors"] = list(self.errors)
        body |= self.extensions
        content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
        return Response(content, self.status, headers=dict(self.headers), media_type=MEDIA_TYPE)


def words_of(locale: str, error: BesedkaError) -> str:
    """Return an error's sentence in a locale."""
    key = f"errors.{error.code}"
    return text(locale, key if has_text(key) else "errors.internal", **error.params)


def from_error(request: Request, error: BesedkaError) -> Problem:
    """Describe an error of ours."""
    if error.status >= 500:
        log.warning(
            "request failed", code=error.code, path=request.url.path, cause=repr(error.__cause__)
        )
    return Problem(
        status=error.status,
        code=error.code,
        detail=words_of(locale_of(request), error),
        params=error.params,
        headers=error.headers,
    )


def from_validation(request: Request, error: RequestValidationError) -> Problem:
    """Describe what FastAPI found wrong with a request; the values themselves are not echoed."""
    locale = locale_of(request)
    found = [
        {
            "field": _field(item["type"], item["loc"]),
            "message": _message(locale, item),
        }
        for item in error.errors()[:20]
    ]
    return Problem(
        status=422, code="invalid_input", detail=text(locale, "errors.invalid_input"), errors=found
    )


def _field(kind: str, place: Sequence[int | str]) -> str:
    """Return the dotted name of a field, an empty one when the whole body is meant.

    The place of broken JSON names the character where reading stopped, which is no field.
    """
    if kind == "json_invalid":
        return ""
    return ".".join(
        str(part) for part in (place[1:] if place[:1] and place[0] in _PARTS else place)
    )


def _message(locale: str, item: Mapping[str, object]) -> str:
    key = f"validation.{item['type']}"
    if not has_text(key):
        key = "validation.other"
    context = item.get("ctx")
    params = {str(k): v for k, v in context.items()} if isinstance(context, dict) else {}
    if isinstance(params.get("expected"), str):
        params["expected"] = _listed(params["expected"])
    return text(locale, key, **params)


def _listed(expected: str) -> str:
    """Return Pydantic's English list `'a', 'b' or 'c'` as `a, b, c`, which every language reads."""
    return expected.replace(" or ", ", ").replace("'", "")


def from_http(request: Request, error: HTTPException) -> Problem:
    """Describe an error of the framework."""
    code = _HTTP_CODES.get(error.status_code, "http_error")
    return Problem(
        status=error.status_code,
        code=code,
        detail=text(locale_of(request), f"errors.{code}"),
        headers=error.headers or {},
    )


def from_crash(request: Request, error: Exception) -> Problem:
    """Describe anything else: the details go to the log only."""
    log.error("request crashed", path=request.url.path, exc_info=error)
    return Problem(status=500, code="internal", detail=text(locale_of(request), "errors.internal"))
