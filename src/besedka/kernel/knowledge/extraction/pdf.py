"""PDF as blocks, by PDFium. Runs in a child. Nothing is rendered, so no picture is ever decoded."""

import re
from collections.abc import Iterator, Sequence

import pypdfium2
from pypdfium2 import raw

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.layout import Line, Page, blocks_of_pages
from besedka.kernel.knowledge.extraction.plausible import is_garbled
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.types import Extracted, Notice

_MOST_PAGES = 5000
_MOST_CHARS = 20_000_000
_FEWEST_CHARS = 2
_SHOWN_PAGES = 20
# PDFium ends a line by CR LF, or, where it cut a word, by one of these marks and nothing else.
_CUT = "\x02\ufffe\xad"
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st"}
_LINE = re.compile(f"[^\r\n{_CUT}]*[{_CUT}]?")


def read_pdf(data: bytes) -> Extracted:
    """Return the text layer of a PDF. Raises Refused."""
    document = _open(data)
    try:
        pages = list(_pages(document))
        title = clean(document.get_metadata_value("Title")).strip() or None
    finally:
        document.close()
    filled = [page for page in pages if _chars(page) >= _FEWEST_CHARS]
    if not filled:
        raise Refused(Reason.SCANNED if pages else Reason.EMPTY)
    good = [page for page in filled if not is_garbled(_text(page))]
    if sum(map(_chars, good)) < 0.5 * sum(map(_chars, filled)) or is_garbled(_text(*good)):
        raise Refused(Reason.GARBLED)
    notices = _notice("pages_without_text", pages, after=filled) + _notice(
        "pages_garbled", filled, after=good
    )
    return Extracted(Kind.PDF, title, blocks_of_pages(good), notices)


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        reason = Reason.ENCRYPTED if error.err_code in encrypted else Reason.BROKEN
        raise Refused(reason, str(error)) from None
    if len(document) > _MOST_PAGES:
        raise Refused(Reason.TOO_LARGE, f"{len(document)} pages")
    return document


def _pages(document: pypdfium2.PdfDocument) -> Iterator[Page]:
    total = 0
    has_form = document.get_formtype() != raw.FORMTYPE_NONE
    for number in range(len(document)):
        try:
            page = _flattened(document, number) if has_form else document[number]
        except pypdfium2.PdfiumError:
            continue
        lines = list(_lines(page.get_textpage()))
        total += sum(len(line.text) for line in lines)
        if total > _MOST_CHARS:
            raise Refused(Reason.TOO_LARGE, f"more than {_MOST_CHARS} characters")
        page.close()
        yield Page(number + 1, lines)


def _flattened(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    """Return a page with what was filled into its form made part of its text."""
    page = document[number]
    if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        page.close()
        page = document[number]
    return page


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    for found in _LINE.finditer(page.get_text_range()):
        text = _clean_line(found[0])
        if text.strip():
            yield _measured(page, found[0], text=text, start=found.start())


def _clean_line(raw_text: str) -> str:
    """Clean a line, keeping the mark of a word that was cut at its end."""
    cut = raw_text.rstrip()[-1:]
    text = clean(raw_text).translate(_LIGATURES).rstrip()
    return text + (cut if cut and cut in _CUT else "")


def _measured(page: pypdfium2.PdfTextPage, raw_text: str, *, text: str, start: int) -> Line:
    first = start + len(raw_text) - len(raw_text.lstrip())
    last = start + len(raw_text.rstrip()) - 1
    left, bottom, _, top = _box(page, first)
    right = _box(page, last)[2]
    return Line(text, left, max(right, left + 1), bottom, round(max(top - bottom, 1.0), 1))


def _box(page: pypdfium2.PdfTextPage, place: int) -> tuple[float, float, float, float]:
    index = raw.FPDFText_GetCharIndexFromTextIndex(page, place)
    try:
        box = page.get_charbox(max(index, 0), loose=True)
    except pypdfium2.PdfiumError:
        return 0.0, 0.0, 1.0, 1.0
    return box[0], box[1], box[2], box[3]


def _chars(page: Page) -> int:
    return sum(sum(map(str.isalnum, line.text)) for line in page.lines)


def _text(*pages: Page) -> str:
    return "\n".join(line.text for page in pages for line in page.lines)


def _notice(code: str, before: Sequence[Page], *, after: Sequence[Page]) -> list[Notice]:
    kept = {page.number for page in after}
    gone = [str(page.number) for page in before if page.number not in kept]
    shown = ", ".join(gone[:_SHOWN_PAGES]) + (" …" if len(gone) > _SHOWN_PAGES else "")
    return [Notice(code, {"pages": shown})] if gone else []
