"""Keyset pagination: the next page is in `Link: <…>; rel="next"`, lists are bare arrays."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page, at most 200.")]


def next_link(request: Request, params: Mapping[str, str | int]) -> str:
    """Return the Link header of the next page: the request's address with `params` replaced."""
    merged = {**dict(request.query_params), **{key: str(value) for key, value in params.items()}}
    path = request.scope.get("besedka.path", request.scope["path"])
    return f'<{path}?{urlencode(merged)}>; rel="next"'


def add_next(request: Request, response: Response, params: Mapping[str, str | int] | None) -> None:
    """Put the Link of the next page on a response, if there is one."""
    if params is not None:
        response.headers["Link"] = next_link(request, params)
