"""Base classes of what comes in and goes out."""

from pydantic import BaseModel, ConfigDict


class Write(BaseModel):
    """A body that comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Read(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(from_attributes=True)


class Problem(BaseModel):
    """An error as problem+json (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    params: dict[str, object] = {}
    errors: list[dict[str, str]] = []
