"""Why a document is refused. Between a child and the server only the code of a reason travels."""

from enum import StrEnum

from besedka.core.content.kinds import Flaw, Kind, Sniffed


class Reason(StrEnum):
    """A reason; `errors.py` has the error of each."""

    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    EMPTY = "empty"
    SCANNED = "scanned"
    GARBLED = "garbled"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    IMAGE_NEEDS_MODEL = "image_needs_model"


class Refused(Exception):
    """The document cannot be read, and trying again would not help."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason

    @property
    def refusal_code(self) -> str:
        """The code that the sandbox hands over."""
        return self.reason.value


_FLAWS = {
    Flaw.ENCRYPTED: Reason.ENCRYPTED,
    Flaw.BROKEN: Reason.BROKEN,
    Flaw.BOMB: Reason.TOO_LARGE,
}
_PICTURES = {Kind.IMAGE, Kind.SVG}
_UNREADABLE = {Kind.AUDIO, Kind.VIDEO, Kind.ARCHIVE, Kind.BINARY}


_DOCUMENT_SUFFIXES = {
    "pdf", "docx", "docm", "dotx", "xlsx", "xlsm", "xltx", "xlsb", "pptx", "pptm", "potx", "odt", "ods", "odp",
    "epub", "doc", "xls", "ppt", "msg", "rtf", "html", "htm", "xml", "json", "eml", "md", "markdown", "csv", "tsv",
    "txt",
}  # fmt: skip


def check(found: Sniffed, *, suffix: str = "") -> None:
    """Refuse a file that is not worth opening; one that its suffix calls a document is a broken one. Raises Refused."""
    if found.flaw is not None:
        raise Refused(_FLAWS[found.flaw])
    if found.kind is Kind.EMPTY:
        raise Refused(Reason.EMPTY)
    if found.kind in _PICTURES:
        raise Refused(Reason.IMAGE_NEEDS_MODEL)
    if found.kind in _UNREADABLE:
        reason = Reason.BROKEN if suffix in _DOCUMENT_SUFFIXES else Reason.UNSUPPORTED
        raise Refused(reason, found.media_type)
