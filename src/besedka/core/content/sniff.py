"""The kind of a file, from its content."""

import io
import re
from pathlib import Path
from typing import BinaryIO

import filetype

from besedka.core.content.charset import decode_head
from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind, Sniffed, sniffed
from besedka.core.content.markup import kind_of_text
from besedka.core.content.ole import OLE_MARK, sniff_ole
from besedka.core.content.zipped import sniff_zip

HEAD_BYTES = 16 << 10
_OLE_BYTES = 64 << 20
_PDF = re.compile(rb"%PDF-[12]\.\d")
_PDF_REACH = 1024
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,8})\s*$")
_ARCHIVES = {
    "application/" + name
    for name in ("x-tar", "gzip", "x-bzip2", "x-7z-compressed", "x-rar-compressed", "x-xz", "zstd")
}
# Their beginning may be read as text, and some are text as well (a GIF that is also a script).
_PICTURES = re.compile(
    rb"(?:\x89PNG\r\n\x1a\n|GIF8[79]a|\xff\xd8\xff|RIFF....WEBP|II\*\0|MM\0\*)", re.DOTALL
)


def sniff_file(path: Path, *, name: str) -> Sniffed:
    """Return the kind of a stored file; `name` is what the uploader called it."""
    with path.open("rb") as stream:
        return sniff(stream, name=name)


def sniff_bytes(data: bytes, *, name: str) -> Sniffed:
    """Return the kind of some bytes."""
    return sniff(io.BytesIO(data), name=name)


def sniff(stream: BinaryIO, *, name: str) -> Sniffed:
    """Return the kind of a seekable stream."""
    head = stream.read(HEAD_BYTES)
    if not head.strip(b"\0\t\n\r "):
        return sniffed(Kind.EMPTY if len(head) < HEAD_BYTES else Kind.BINARY)
    if head.startswith(_ZIP_MARKS):
        return sniff_zip(stream)
    suffix = suffix_of(name)
    if head.startswith(OLE_MARK):
        stream.seek(0)
        return sniff_ole(stream.read(_OLE_BYTES), suffix=suffix)
    return _by_head(head, suffix)


def suffix_of(name: str) -> str:
    """Return the suffix of an uploaded file's name, in small letters and without the dot."""
    found = _SUFFIX.search(name)
    return found[1].lower() if found else ""


def _by_head(head: bytes, suffix: str) -> Sniffed:
    if _is_pdf(head):
        return sniffed(Kind.PDF)
    if _PICTURES.match(head):
        return _by_signature(head)
    decoded = decode_head(head)
    if decoded is not None:
        return sniffed(kind_of_text(clean(decoded.text), suffix=suffix))
    return _by_signature(head)


def _is_pdf(head: bytes) -> bool:
    found = _PDF.search(head[: _PDF_REACH + 8])
    return found is not None and (found.start() == 0 or b" obj" in head)


def _by_signature(head: bytes) -> Sniffed:
    guess = filetype.guess(head)
    if guess is None:
        return sniffed(Kind.BINARY)
    media_type = str(guess.mime)
    family = media_type.partition("/")[0]
    if family in {"image", "audio", "video"}:
        return Sniffed(Kind(family), media_type)
    return Sniffed(Kind.ARCHIVE if media_type in _ARCHIVES else Kind.BINARY, media_type)
