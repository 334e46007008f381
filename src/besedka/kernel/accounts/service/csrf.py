"""What tells our own pages' writes from another site's: a token only they can know, and where they come from."""

import base64
import hmac
from urllib.parse import urlsplit

_PURPOSE = b"besedka csrf"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def csrf_token(cookie: str) -> str:
    """Return the token of a cookie's session: it follows from the cookie and does not reveal it."""
    code = hmac.digest(cookie.encode("utf-8", "replace"), _PURPOSE, "sha256")
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def fits(cookie: str, given: str) -> bool:
    """Whether a request brought its session's token."""
    return hmac.compare_digest(csrf_token(cookie).encode(), given.encode("utf-8", "replace"))


def same_origin(source: str, *, own: str, host: str, scheme: str) -> bool:
    """Whether a page's address (Origin or Referer) is ours: the public address, or the one that was called."""
    theirs = _authority(source)
    return theirs is not None and theirs in {_authority(own), _authority(f"{scheme}://{host}")}


def _authority(address: str) -> tuple[str, int] | None:
    """Return host and port, without the scheme: a proxy may have taken the TLS off on the way to us."""
    try:
        parts = urlsplit(address)
        default = _DEFAULT_PORTS.get(parts.scheme)
        port = parts.port or default
    except ValueError:
        return None
    if not parts.hostname or port is None or default is None:
        return None
    return parts.hostname, port
