"""Kinds of content."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file is. Macro-enabled and template formats count as their plain sibling."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    XLSB = "xlsb"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    EPUB = "epub"
    DOC = "doc"
    XLS = "xls"
    PPT = "ppt"
    MSG = "msg"
    RTF = "rtf"
    HTML = "html"
    XML = "xml"
    SVG = "svg"
    JSON = "json"
    EML = "eml"
    MARKDOWN = "markdown"
    CSV = "csv"
    TSV = "tsv"
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    ARCHIVE = "archive"
    BINARY = "binary"
    EMPTY = "empty"


class Flaw(StrEnum):
    """A reason not to open a file at all."""

    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    BOMB = "bomb"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The outcome: a kind, its media type without parameters, and what speaks against opening it."""

    kind: Kind
    media_type: str
    flaw: Flaw | None = None


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

MEDIA_TYPES: dict[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.DOCX: _OOXML + "wordprocessingml.document",
    Kind.XLSX: _OOXML + "spreadsheetml.sheet",
    Kind.XLSB: "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    Kind.PPTX: _OOXML + "presentationml.presentation",
    Kind.ODT: _ODF + "text",
    Kind.ODS: _ODF + "spreadsheet",
    Kind.ODP: _ODF + "presentation",
    Kind.EPUB: "application/epub+zip",
    Kind.DOC: "application/msword",
    Kind.XLS: "application/vnd.ms-excel",
    Kind.PPT: "application/vnd.ms-powerpoint",
    Kind.MSG: "application/vnd.ms-outlook",
    Kind.RTF: "application/rtf",
    Kind.HTML: "text/html",
    Kind.XML: "application/xml",
    Kind.SVG: "image/svg+xml",
    Kind.JSON: "application/json",
    Kind.EML: "message/rfc822",
    Kind.MARKDOWN: "text/markdown",
    Kind.CSV: "text/csv",
    Kind.TSV: "text/tab-separated-values",
    Kind.TEXT: "text/plain",
    Kind.ARCHIVE: "application/zip",
    Kind.BINARY: "application/octet-stream",
    Kind.EMPTY: "application/x-empty",
}


def sniffed(kind: Kind, *, flaw: Flaw | None = None) -> Sniffed:
    """Return a kind with its usual media type."""
    return Sniffed(kind, MEDIA_TYPES[kind], flaw)
