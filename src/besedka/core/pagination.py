"""Keyset pagination: the next page is in `Link: <…>; rel="next"`, lists are bare arrays."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from besedka.core.errors import InvalidInput

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


def read_moment(cursor: str, *, field: str) -> tuple[datetime, UUID]:
    """Return the moment and the id that a cursor `<moment>~<id>` names. Raises InvalidInput."""
    moment, _, row = cursor.partition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(row)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field=field) from error
