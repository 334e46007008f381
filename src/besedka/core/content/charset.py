"""The text of some bytes whose encoding nobody told.

Order: byte order mark, UTF-16 or UTF-32 by their zeros, UTF-8, the declared encoding, then the guess of
`besedka.core.content.guess`.
"""

import codecs
import re
from dataclasses import dataclass

from besedka.core.content.guess import guess_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SAMPLE_BYTES = 4096
_COMMON_SHARE = 0.9
_CONTROL_SHARE = 0.005
_CHECKED_CHARS = 16_384
_BROKEN_SHARE = 0.02
# Letters of Latin, Greek, Cyrillic and the usual punctuation: what UTF-16 without a mark must be made of.
_COMMON = re.compile("[\\t\\n\\r\x20-\x7e\xa0-\u052f\u2010-\u203a\u20ac\u2116]")
_CONTROLS = re.compile("[\x00-\x06\x0e-\x19\x1c-\x1f\x7f]")
_ALIASES = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding that it was in."""

    text: str
    encoding: str


def decode(data: bytes, *, declared: str | None = None) -> Decoded | None:
    """Return the text of some bytes, or None when they are no text."""
    found = _by_mark(data) or _wide(data)
    if found is None and b"\0" not in data[:_SAMPLE_BYTES]:
        found = _utf8(data) or _as_declared(data, declared) or _guessed(data)
    return found if found is not None and _is_text(found.text) else None


def decode_head(head: bytes) -> Decoded | None:
    """Return the text at the beginning of a file, of which the last character may be cut in two."""
    for cut in range(min(4, len(head) + 1)):
        found = decode(head[: len(head) - cut])
        if found is not None and "\ufffd" not in found.text:
            return found
    return decode(head)


def _by_mark(data: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(encoding, "replace"), encoding)
    return None


def _wide(data: bytes) -> Decoded | None:
    sample = data[:_SAMPLE_BYTES]
    if len(sample) < 2 or b"\0" not in sample:
        return None
    for encoding in _WIDE:
        text = sample[: len(sample) // 4 * 4 or 2].decode(encoding, "replace")
        if len(_COMMON.findall(text)) >= _COMMON_SHARE * len(text):
            return Decoded(data.decode(encoding, "replace"), encoding)
    return None


def _utf8(data: bytes) -> Decoded | None:
    try:
        return Decoded(data.decode(), "utf-8")
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
    # A few broken characters in a text that otherwise is UTF-8 beyond doubt.
    beyond_ascii = len(data) - len(data.translate(None, bytes(range(128, 256))))
    broken = text.count("\ufffd")
    return Decoded(text, "utf-8") if broken < _BROKEN_SHARE * beyond_ascii else None


def _as_declared(data: bytes, declared: str | None) -> Decoded | None:
    if not declared:
        return None
    name = declared.strip().strip("'\"").lower()
    try:
        codec = codecs.lookup(_ALIASES.get(name, name))
        return Decoded(data.decode(codec.name), codec.name)
    except (LookupError, ValueError):
        return None


def _guessed(data: bytes) -> Decoded | None:
    encoding = guess_encoding(data)
    return Decoded(data.decode(encoding, "replace"), encoding) if encoding else None


def _is_text(text: str) -> bool:
    sample = text[:_CHECKED_CHARS]
    return len(_CONTROLS.findall(sample)) <= _CONTROL_SHARE * len(sample)
