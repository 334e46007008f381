"""The Range header (RFC 9110, 14.2): one range of bytes; what is more or malformed is ignored, as the standard allows."""

import re
from dataclasses import dataclass

from besedka.kernel.files.errors import RangeNotSatisfiable

_ONE = re.compile(
    r"bytes=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))\s*"
)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to, but not including, `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


def wanted(header: str | None, size: int) -> Span | None:
    """Return the part that a Range header asks for, None for the whole. Raises RangeNotSatisfiable."""
    found = _ONE.fullmatch(header or "")
    if found is None:
        return None
    if found["suffix"] is not None:
        span = Span(max(0, size - int(found["suffix"])), size)
    else:
        first, last = int(found["first"]), int(found["last"] or size)
        if found["last"] and last < first:
            return None
        span = Span(first, min(last + 1, size))
    if span.length <= 0:
        raise RangeNotSatisfiable(size=size)
    return span
