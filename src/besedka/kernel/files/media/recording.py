"""How long a recording is, from its container's header; in a child process."""

import io
import math

import tinytag

from besedka.kernel.files.media import matroska

_MATROSKA = b"\x1a\x45\xdf\xa3"
LONGEST_SECONDS = 10_000_000
"""What a header claims beyond this is taken for a mistake."""


def seconds(data: bytes) -> float | None:
    """Return how long a recording is, None when it does not say or is of a kind that is not known."""
    try:
        found = matroska.seconds(data) if data.startswith(_MATROSKA) else _tagged(data)
    except (tinytag.TinyTagException, IndexError):
        return None
    if found is None or not math.isfinite(found) or not 0 < found < LONGEST_SECONDS:
        return None
    return found


def _tagged(data: bytes) -> float | None:
    return tinytag.TinyTag.get(file_obj=io.BytesIO(data), tags=False).duration
