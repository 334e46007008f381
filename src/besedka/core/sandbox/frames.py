"""Frames between parent and child: a four-byte big-endian length, then that many bytes of JSON."""

import struct
from typing import BinaryIO

_LENGTH = struct.Struct(">I")
HEADER_BYTES = _LENGTH.size


def pack(body: bytes) -> bytes:
    """Return a body with its length before it."""
    return _LENGTH.pack(len(body)) + body


def length_of(header: bytes) -> int:
    """Return the length of the body, in bytes, that follows a header."""
    (length,) = _LENGTH.unpack(header)
    return int(length)


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next body, or None at the end of the stream."""
    header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    body = stream.read(length_of(header))
    return body if len(body) == length_of(header) else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Write a body and let it go."""
    stream.write(pack(body))
    stream.flush()
