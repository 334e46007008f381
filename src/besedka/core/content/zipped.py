"""Which document a ZIP container holds. Only its directory and two tiny members are read.

Layout: PKWARE APPNOTE 4.3 (end of central directory), ECMA-376 part 2 (OOXML), OpenDocument 1.2 part 3.
"""

import struct
import zipfile
import zlib
from typing import BinaryIO

from besedka.core.content.kinds import Flaw, Kind, Sniffed, sniffed

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END_REACH = 65_535 + _END.size
_DIRECTORY_BYTES = 8 << 20
_TOTAL_BYTES = 1 << 30
_RATIO = 100
_RATIO_FROM_BYTES = 50 << 20
_TINY_BYTES = 200
_MANIFEST_BYTES = 1 << 20

_ODF = {
    "application/vnd.oasis.opendocument.text": Kind.ODT,
    "application/vnd.oasis.opendocument.text-template": Kind.ODT,
    "application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    "application/vnd.oasis.opendocument.spreadsheet-template": Kind.ODS,
    "application/vnd.oasis.opendocument.presentation": Kind.ODP,
    "application/vnd.oasis.opendocument.presentation-template": Kind.ODP,
    "application/epub+zip": Kind.EPUB,
}
_OOXML = (("word/", Kind.DOCX), ("xl/", Kind.XLSX), ("ppt/", Kind.PPTX))
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, NotImplementedError)


def sniff_zip(stream: BinaryIO) -> Sniffed:
    """Return the kind of the document in a ZIP container and what speaks against opening it."""
    directory = _directory_bytes(stream)
    if directory is None:
        return sniffed(Kind.ARCHIVE, flaw=Flaw.BROKEN)
    if directory > _DIRECTORY_BYTES:
        return sniffed(Kind.ARCHIVE, flaw=Flaw.BOMB)
    try:
        with zipfile.ZipFile(stream) as archive:
            kind = _kind(archive)
            return sniffed(kind, flaw=_flaw(archive, kind))
    except RuntimeError:  # zipfile's word for "a password is needed"
        return sniffed(Kind.ARCHIVE, flaw=Flaw.ENCRYPTED)
    except _BROKEN:
        return sniffed(Kind.ARCHIVE, flaw=Flaw.BROKEN)


def _directory_bytes(stream: BinaryIO) -> int | None:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _END_REACH))
    tail = stream.read(_END_REACH)
    place = tail.rfind(_END_MARK)
    if place < 0 or place + _END.size > len(tail):
        return None
    return int(_END.unpack_from(tail, place)[5])


def _kind(archive: zipfile.ZipFile) -> Kind:
    names = archive.namelist()
    if "mimetype" in names:
        declared = (
            _beginning(archive, "mimetype", limit=_TINY_BYTES).decode("ascii", "replace").strip()
        )
        return _ODF.get(declared, Kind.ARCHIVE)
    if "[Content_Types].xml" not in names:
        return Kind.ARCHIVE
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    for folder, kind in _OOXML:
        if any(name.startswith(folder) and name.endswith(".xml") for name in names):
            return kind
    return Kind.ARCHIVE


def _flaw(archive: zipfile.ZipFile, kind: Kind) -> Flaw | None:
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members) or _is_encrypted_odf(archive, kind):
        return Flaw.ENCRYPTED
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    steep = total > _RATIO_FROM_BYTES and total > _RATIO * max(1, packed)
    return Flaw.BOMB if steep or total > _TOTAL_BYTES else None


def _is_encrypted_odf(archive: zipfile.ZipFile, kind: Kind) -> bool:
    manifest = "META-INF/manifest.xml"
    if kind not in _ODF.values() or manifest not in archive.namelist():
        return "META-INF/encryption.xml" in archive.namelist() and kind is Kind.EPUB
    return b"encryption-data" in _beginning(archive, manifest, limit=_MANIFEST_BYTES)


def _beginning(archive: zipfile.ZipFile, name: str, *, limit: int) -> bytes:
    with archive.open(name) as member:
        return member.read(limit)
