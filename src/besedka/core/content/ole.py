"""Which document an OLE compound file holds, by the names of its streams ([MS-CFB] 2.6).

Whether it is encrypted: [MS-OFFCRYPTO] 2.3.4.4 (a package in a stream), [MS-DOC] 2.5.2 (fEncrypted),
[MS-XLS] 2.4.117 (FilePass right after BOF), [MS-PPT] 2.3.7.
"""

from besedka.core.content.kinds import Flaw, Kind, Sniffed, sniffed

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le")


_STREAMS = (
    (_stream("WordDocument"), Kind.DOC),
    (_stream("PowerPoint Document"), Kind.PPT),
    (_stream("Workbook"), Kind.XLS),
    (_stream("Book\0"), Kind.XLS),
    (_stream("__properties_version1.0"), Kind.MSG),
)
_ENCRYPTED = (_stream("EncryptedPackage"), _stream("EncryptedSummary"))
_SECTOR = 512
_WORD_MARK, _WORD_FLAGS_AT, _WORD_ENCRYPTED = b"\xec\xa5", 0x0A, 0x0100
_BOOK_MARK, _BOOK_FILE_PASS = b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x2f\x00"
_BOOK_RECORD = 20
_BY_SUFFIX = {"doc": Kind.DOC, "dot": Kind.DOC, "xls": Kind.XLS, "ppt": Kind.PPT, "msg": Kind.MSG}


def sniff_ole(data: bytes, *, suffix: str) -> Sniffed:
    """Return the kind of an OLE file.

    Documents embed each other, so several names may be there: the file's own suffix then decides.
    """
    if any(stream in data for stream in _ENCRYPTED):
        return sniffed(Kind.DOCX, flaw=Flaw.ENCRYPTED)
    kinds = [kind for stream, kind in _STREAMS if stream in data]
    hint = _BY_SUFFIX.get(suffix)
    kind = hint if hint in kinds else next(iter(kinds), Kind.BINARY)
    flaw = Flaw.ENCRYPTED if _is_encrypted(data, kind) else None
    return sniffed(kind, flaw=flaw)


def _is_encrypted(data: bytes, kind: Kind) -> bool:
    if kind is Kind.DOC:
        place = _sector_with(data, _WORD_MARK)
        flags = data[place + _WORD_FLAGS_AT : place + _WORD_FLAGS_AT + 2]
        return place > 0 and bool(int.from_bytes(flags, "little") & _WORD_ENCRYPTED)
    if kind is Kind.XLS:
        place = _sector_with(data, _BOOK_MARK)
        return (
            place > 0 and data[place + _BOOK_RECORD : place + _BOOK_RECORD + 2] == _BOOK_FILE_PASS
        )
    return False


def _sector_with(data: bytes, mark: bytes) -> int:
    """Return where the first sector that begins with the mark is, -1 when none does."""
    place = data.find(mark)
    while place >= 0 and place % _SECTOR:
        place = data.find(mark, place + 1)
    return place
