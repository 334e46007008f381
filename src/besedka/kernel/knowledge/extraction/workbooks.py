"""Spreadsheets as blocks: a heading and a table per sheet, by xberg. Runs in a child.

Its tables are taken instead of its tree of nodes, which costs ten times as much for a large sheet.
"""

import io
import json
import zipfile

import xberg

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.by_xberg import read_by_xberg
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted

WORKBOOKS = frozenset({Kind.XLSX, Kind.XLSB, Kind.XLS, Kind.ODS})
_ZIPPED = {Kind.XLSX, Kind.ODS}
_UNPACKED_BYTES = 80 << 20  # nine times as much memory is needed to read it


def read_workbook(data: bytes, kind: Kind) -> Extracted:
    """Return the sheets of a workbook. Raises Refused."""
    if kind in _ZIPPED and _unpacked_bytes(data) > _UNPACKED_BYTES:
        raise Refused(Reason.TOO_LARGE)
    document = read_by_xberg(data, kind, structure=False)
    names = _sheet_names(document)
    blocks: list[Block] = []
    for table in document.tables:
        text = clean(render_table(table.cells))
        if text:
            name = names.get(table.page_number, "")
            blocks += [Block(BlockKind.HEADING, name, 2), Block(BlockKind.TABLE, text)]
    title = clean(document.metadata.title or "").strip() or None
    return Extracted(kind, title, blocks or blocks_of_text(clean(document.content)))


def _unpacked_bytes(data: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Refused(Reason.BROKEN, str(error)) from None
    return sum(member.file_size for member in members if member.filename.endswith(".xml"))


def _sheet_names(document: xberg.ExtractedDocument) -> dict[int, str]:
    about = json.loads(str(document.metadata.format)) if document.metadata.format else {}
    names = about.get("sheet_names") or []
    return {number: clean(str(name)).strip() for number, name in enumerate(names, 1)}
