"""Server-sent events: how one is spelled, and the answer that carries them."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Final

from starlette.responses import StreamingResponse

WAIT: Final = b": wait\n\n"
"""A sign of life that readers pass over."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

# One encoder for all events: `json.dumps` makes a new one for each.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def respond(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Return the answer that sends events as they come, past proxies that would gather them."""
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


def spell(said: Mapping[str, object], *, name: str = "", mark: str = "") -> bytes:
    """Return an event with JSON; `mark` is what its reader comes back with as Last-Event-ID."""
    head = f"id: {mark}\n" if mark else ""
    kind = f"event: {name}\n" if name else ""
    return f"{head}{kind}data: {_ENCODE(said)}\n\n".encode("utf-8", "replace")
