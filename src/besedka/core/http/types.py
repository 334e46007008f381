"""Values of the client: limits, what is sent, what came back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multidict import CIMultiDictProxy

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost: decoded bytes of the answer, seconds, and redirects of `fetch`.

    `connect` covers waiting for a connection, the name server and the TLS handshake; `idle` is the
    longest silence, before the head of the answer as well as inside it; `total` is everything.
    """

    max_bytes: int = 10 * MEBIBYTE
    connect: float = 10.0
    idle: float = 30.0
    total: float = 60.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file inside a form."""

    name: str
    filename: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form."""

    fields: Mapping[str, str]
    files: Sequence[FilePart] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer. `url` is where it came from after redirects; `body` is decoded."""

    status: int
    url: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status says success (2xx)."""
        return self.status // 100 == 2

    @property
    def media_type(self) -> str:
        """The type of the body without parameters, lower case, empty when not said."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json(self) -> object:
        """Return the body as JSON. Raises ValueError."""
        return json.loads(self.body)
