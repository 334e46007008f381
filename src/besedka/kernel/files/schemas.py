"""What the files API shows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from besedka.core.schemas import Read

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


class FileRead(Read):
    """A file; `url` gives its bytes."""

    id: UUID
    name: str
    kind: str
    media_type: str
    size: int
    created_at: datetime
    url: str
