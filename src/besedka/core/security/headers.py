"""Security headers on every answer."""

from starlette.datastructures import MutableHeaders

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_STATIC: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
_POLICY = (b"content-security-policy", PAGE_POLICY.encode())
_NO_STORE = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class SecurityHeaders:
    """The fixed headers of every answer; one that set its own policy or caching keeps it."""

    def __init__(self, *, https: bool) -> None:
        self._always = (*_STATIC, _HSTS) if https else _STATIC

    def add(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Add to an answer's headers what it does not say itself."""
        own_policy = own_caching = False
        for name, _ in headers:
            if name == b"content-security-policy":
                own_policy = True
            elif name == b"cache-control":
                own_caching = True
        headers.extend(self._always)
        if not own_policy:
            headers.append(_POLICY)
        if not own_caching:
            headers.append(_NO_STORE)


def allow_anywhere(headers: MutableHeaders) -> None:
    """Let any site read a public, cookie-free answer (the widget's API)."""
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
