"""Codes of authenticators: TOTP (RFC 6238) over HOTP (RFC 4226), SHA-1, six digits, half a minute each."""

import base64
import hmac
import struct
from typing import Final
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
_DRIFT: Final = (0, -1, 1)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a half minute, counted from the epoch."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def find_step(secret: bytes, code: str, *, moment: float) -> int | None:
    """Return the half minute whose code this is: the one of `moment` (Unix time), or the one before or after."""
    current = int(moment) // STEP_SECONDS
    fits = [
        current + drift
        for drift in _DRIFT
        if hmac.compare_digest(code_at(secret, current + drift).encode(), code.encode())
    ]
    return fits[0] if fits else None


def spell(secret: bytes) -> str:
    """Return a secret the way people type it into an authenticator: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, issuer: str, account: str) -> str:
    """Return the `otpauth:` address that authenticators open or scan."""
    label = quote(f"{issuer}:{account}", safe="")
    given = {"secret": spell(secret), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(given, quote_via=quote)}"
