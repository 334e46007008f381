"""The duration in the header of a Matroska or WebM file.

Layout: RFC 8794 (EBML) and RFC 9559 (Matroska): elements of an id, a size and a body; Segment → Info holds Duration, in
units of TimestampScale nanoseconds. What a browser records while it goes on has none.
"""

import struct
from collections.abc import Iterator

_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_USUAL_SCALE = 1_000_000
_NANOSECONDS = 1_000_000_000
_MOST_ELEMENTS = 100
_FLOATS = {4: ">f", 8: ">d"}


def seconds(data: bytes) -> float | None:
    """Return how long a recording is, None when its header does not say. Raises IndexError for a broken one."""
    segment = _find(data, _SEGMENT, 0, len(data))
    info = _find(data, _INFO, *segment) if segment else None
    if info is None:
        return None
    scale, duration = _USUAL_SCALE, None
    for name, start, end in _elements(data, *info):
        if name == _SCALE:
            scale = int.from_bytes(data[start:end], "big")
        elif name == _DURATION and end - start in _FLOATS:
            (duration,) = struct.unpack(_FLOATS[end - start], data[start:end])
    return None if duration is None else duration * scale / _NANOSECONDS


def _find(data: bytes, wanted: int, start: int, end: int) -> tuple[int, int] | None:
    for name, begin, stop in _elements(data, start, end):
        if name == wanted:
            return begin, stop
    return None


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the id of each element with where its body begins and ends."""
    place = start
    for _ in range(_MOST_ELEMENTS):
        if place >= end:
            return
        name, place, _ = _number(data, place, with_mark=True)
        size, place, unknown = _number(data, place, with_mark=False)
        stop = end if unknown else min(end, place + size)
        yield name, place, stop
        place = stop


def _number(data: bytes, place: int, *, with_mark: bool) -> tuple[int, int, bool]:
    """Return a number of variable length, the place behind it, and whether it stands for "unknown"."""
    length = 9 - data[place].bit_length()
    if length > 8:
        raise IndexError("no number")
    value = int.from_bytes(data[place : place + length], "big")
    mark = 1 << 7 * length
    plain = value - mark
    return (value if with_mark else plain), place + length, plain == mark - 1
