"""Patterns of paths as robots.txt has them (RFC 9309): a beginning, `*` for anything, `$` for the end.

Matched by hand, part by part: a pattern of a stranger costs one pass over the path, whatever it looks like.
"""

import re
from urllib.parse import quote

_ESCAPED = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ASCII = "".join(map(chr, range(33, 127)))


def spelt(path: str) -> str:
    """Return a path or a pattern in the one spelling that is compared: escapes only where they are needed."""
    return quote(_ESCAPED.sub(_unescape, path), safe=_ASCII)


def _unescape(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _UNRESERVED else found[0].upper()


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path with its query; both are `spelt`."""
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not others:
        return path == first if is_whole else path.startswith(first)
    if not path.startswith(first):
        return False
    last = others.pop()
    reached = len(first)
    for part in others:
        found = path.find(part, reached)
        if found < 0:
            return False
        reached = found + len(part)
    if is_whole:
        return path.endswith(last) and len(path) - len(last) >= reached
    return path.find(last, reached) >= 0
