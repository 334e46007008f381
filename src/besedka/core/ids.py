"""Identifiers: UUIDv7 for rows (they sort by time), random tokens for secrets."""

import hashlib
import secrets
import threading
import time
from datetime import datetime
from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
UserId = NewType("UserId", UUID)
ActorId = NewType("ActorId", UUID)
SessionId = NewType("SessionId", UUID)

_RANDOM_BITS = 62
_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562, method 3): 48 bits of milliseconds, 12 of their fraction, 62 random.

    Ids made by one process never go backwards.
    """
    global _last  # noqa: PLW0603 - the monotonic counter of the process
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    stamp = (milliseconds << 12) | (rest * 4096 // 1_000_000)
    with _lock:
        stamp = max(stamp, _last + 1)
        _last = stamp
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | secrets.randbits(_RANDOM_BITS))


def first_id(moment: datetime) -> UUID:
    """Return the least id of version 7 that can be made at a moment."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def random_id() -> UUID:
    """Return a UUIDv4, for ids that open something and so must not be guessable."""
    return UUID(bytes=secrets.token_bytes(16), version=4)


def new_token() -> str:
    """Return a random 256-bit secret, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return the SHA-256 under which a random token is stored."""
    return hashlib.sha256(token.encode()).digest()
