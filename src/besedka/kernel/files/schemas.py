"""What the files API shows."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from besedka.core.schemas import Read, Write
from besedka.kernel.files.types import Scan, VariantName

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""The OpenAPI body of a route that reads its form with `deps.receive_file`: the framework never parses it."""


class VariantRead(Read):
    """A smaller copy of a picture, as WebP; `url` gives its bytes."""

    name: VariantName
    width: int
    height: int
    size: int
    url: str


class UsageRead(Read):
    """What a workspace's files take and may take, in bytes, and for how many days unused ones are kept (null: for ever)."""

    used: int
    quota: int | None
    keep_days: int | None


class Retention(Write):
    """For how many days files that nothing refers to are kept; null for ever."""

    keep_days: Annotated[int, Field(ge=1, le=3650)] | None


class FileRead(Read):
    """A file; `url` gives its bytes.

    `placeholder` is a picture's blurred look (ThumbHash, in base64); `scan` says whether a virus scanner saw the file.
    """

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
    created_at: datetime
    url: str
    width: int | None
    height: int | None
    placeholder: str | None
    duration_ms: int | None
    scan: Scan
    variants: list[VariantRead]
