"""Spreadsheets as blocks: a heading and a table per sheet, by xberg. Runs in a child.

Its tables are taken instead of its tree of nodes, which costs ten times as much for a large sheet.
"""

import json

import xberg

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.by_xberg import read_by_xberg
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted

WORKBOOKS = frozenset({Kind.XLSX, Kind.XLSB, Kind.XLS, Kind.ODS})


def read_workbook(data: bytes, kind: Kind) -> Extracted:
    """Return the sheets of a workbook. Raises Refused."""
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


def _sheet_names(document: xberg.ExtractedDocument) -> dict[int, str]:
    about = json.loads(str(document.metadata.format)) if document.metadata.format else {}
    names = about.get("sheet_names") or []
    return {number: clean(str(name)).strip() for number, name in enumerate(names, 1)}
