"""Signatures of the Standard Webhooks specification, version 1.

`webhook-signature` holds one `v1,<base64>` per valid secret: HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`. A
secret is `whsec_` and the base64 of its key.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"
KEY_BYTES = 32


def new_secret() -> str:
    """Return a random secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def headers(
    message_id: str, body: str, *, timestamp: int, keys: Iterable[str]
) -> Mapping[str, str]:
    """Return what is sent beside a body, signed with every given secret. `timestamp` is in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
