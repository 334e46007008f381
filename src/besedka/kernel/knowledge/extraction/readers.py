"""The reader of every kind. Runs in a child: importing it loads the format libraries."""

from collections.abc import Callable
from functools import partial

from besedka.core.content.kinds import Kind
from besedka.core.content.sniff import sniff_bytes
from besedka.kernel.knowledge.extraction.letters import read_letter
from besedka.kernel.knowledge.extraction.markup import blocks_of_xml
from besedka.kernel.knowledge.extraction.office import read_office
from besedka.kernel.knowledge.extraction.pdf import read_pdf
from besedka.kernel.knowledge.extraction.plain import (
    PLAIN_KINDS,
    decoded_markup,
    finished,
    read_plain,
)
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused, check
from besedka.kernel.knowledge.extraction.slides import read_slides
from besedka.kernel.knowledge.extraction.types import Extracted
from besedka.kernel.knowledge.extraction.webpage import blocks_of_html, parse_html, title_of
from besedka.kernel.knowledge.extraction.workbooks import WORKBOOKS, read_workbook

_LETTERS_IN_LETTERS = 3


def read(data: bytes, kind: Kind, *, depth: int = 0) -> Extracted:
    """Return the text of a file of a known kind. Raises Refused."""
    if kind in PLAIN_KINDS:
        return read_plain(data, kind)
    if kind is Kind.EML:
        return finished(
            read_letter(data, read_attachment=partial(_read_attachment, depth=depth + 1))
        )
    if kind in WORKBOOKS:
        return finished(read_workbook(data, kind))
    reader = _READERS.get(kind)
    return finished(reader(data) if reader else read_office(data, kind))


def _read_attachment(data: bytes, name: str, *, depth: int) -> Extracted:
    found = sniff_bytes(data, name=name)
    check(found)
    if found.kind is Kind.EML and depth > _LETTERS_IN_LETTERS:
        raise Refused(Reason.TOO_LARGE, "letters in letters")
    return read(data, found.kind, depth=depth)


def _read_html(data: bytes) -> Extracted:
    text = decoded_markup(data)
    return Extracted(Kind.HTML, title_of(parse_html(text)), blocks_of_html(text))


def _read_xml(data: bytes) -> Extracted:
    return Extracted(Kind.XML, None, blocks_of_xml(decoded_markup(data)))


_READERS: dict[Kind, Callable[[bytes], Extracted]] = {
    Kind.PDF: read_pdf,
    Kind.PPTX: read_slides,
    Kind.HTML: _read_html,
    Kind.XML: _read_xml,
}
