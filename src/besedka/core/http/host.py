"""Host names as a connection will see them: one normal form, so that a check and a connect cannot disagree."""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address

from yarl import URL

from besedka.core.http.errors import BadUrl

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_LAST_IS_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_IDEOGRAPHIC_DOT = "\u3002"
_OCTETS = 4
_OCTET = 256
_V4_END = 2**32


def normal_host(text: str) -> str:
    """Return the lower-case ASCII name or the canonical address that a host of a URL stands for.

    Full-width and circled characters, IDNA names, `127.1`, `0x7f000001`, octal and decimal forms
    are read as the URL standard of WHATWG reads them. Raises BadUrl.
    """
    if text.startswith("["):
        return _normal_v6(text)
    name = _ascii_name(text).removesuffix(".")
    if not _NAME.fullmatch(name):
        raise BadUrl(reason="host")
    return str(_read_v4(name)) if _LAST_IS_NUMBER.fullmatch(name) else name


def is_address(host: str) -> bool:
    """Whether a normal host is a literal address."""
    return ":" in host or bool(_LAST_IS_NUMBER.fullmatch(host))


def _normal_v6(text: str) -> str:
    inner = text[1:-1]
    try:
        address = IPv6Address(inner)
    except ValueError:
        raise BadUrl(reason="host") from None
    if not text.endswith("]") or address.scope_id:
        raise BadUrl(reason="host")
    return str(address)


def _ascii_name(text: str) -> str:
    name = unicodedata.normalize("NFKC", text).lower().replace(_IDEOGRAPHIC_DOT, ".")
    if name.isascii():
        return name
    try:
        encoded = URL.build(scheme="http", host=name).raw_host
    except ValueError:
        raise BadUrl(reason="host") from None
    return encoded or ""


def _read_v4(name: str) -> IPv4Address:
    """Read the number forms of inet_aton: up to four parts, the last fills what is left."""
    parts = [_read_number(part) for part in name.split(".")]
    head, last = parts[:-1], parts[-1]
    value = 0
    for part in head:
        value = value * _OCTET + part
    value = (
        value * _OCTET ** (_OCTETS + 1 - len(parts)) + last if len(parts) <= _OCTETS else _V4_END
    )
    if any(part >= _OCTET for part in head) or last >= _OCTET ** (_OCTETS + 1 - len(parts)):
        raise BadUrl(reason="host")
    return IPv4Address(value)


def _read_number(part: str) -> int:
    base, digits = 10, part
    if part.startswith("0x"):
        base, digits = 16, part[2:] or "0"
    elif part.startswith("0") and len(part) > 1:
        base = 8
    try:
        return int(digits, base)
    except ValueError:
        raise BadUrl(reason="host") from None
