"""Base classes of what comes in and goes out."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Write(BaseModel):
    """A body that comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Read(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(from_attributes=True)


EVENT_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
"""Declares that a route can answer with server-sent events."""


class Problem(BaseModel):
    """An error as problem+json (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    params: dict[str, object] = {}
    errors: list[dict[str, str]] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare which errors a route answers with; what each looks like is said by `core.openapi` for all of them."""
    return {status: {} for status in statuses}
