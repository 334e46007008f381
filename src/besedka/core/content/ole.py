"""Which document an OLE compound file holds, by the names of its streams ([MS-CFB] 2.6)."""

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
_ENCRYPTED = _stream("EncryptedPackage")
_BY_SUFFIX = {"doc": Kind.DOC, "dot": Kind.DOC, "xls": Kind.XLS, "ppt": Kind.PPT, "msg": Kind.MSG}


def sniff_ole(data: bytes, *, suffix: str) -> Sniffed:
    """Return the kind of an OLE file.

    Documents embed each other, so several names may be there: the file's own suffix then decides.
    """
    if _ENCRYPTED in data:
        return sniffed(Kind.DOCX, flaw=Flaw.ENCRYPTED)
    kinds = [kind for stream, kind in _STREAMS if stream in data]
    hint = _BY_SUFFIX.get(suffix)
    if hint in kinds:
        return sniffed(hint)
    return sniffed(kinds[0] if kinds else Kind.BINARY)
