"""PPTX as blocks. Runs in a child.

xberg puts a space between the runs of a paragraph, which cuts words in two ("Large , small"), and does
not tell titles; so slides are read here. Layout: ECMA-376 part 1, clauses 19 (slides) and 21 (text).
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TITLES = {"title", "ctrTitle"}
_NOT_OURS = {"sldNum", "dt", "ftr", "hdr", "sldImg"}
_PART_BYTES = 50 << 20
_TOTAL_BYTES = 300 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    etree.XMLSyntaxError,
    NotImplementedError,
    ValueError,
    EOFError,
)


def read_slides(data: bytes) -> Extracted:
    """Return the text of a presentation, slide by slide, with the speaker's notes. Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            package = _Package(archive)
            blocks = [
                block
                for number, slide in enumerate(package.slides(), 1)
                for block in _blocks_of_slide(package, slide, number=number)
            ]
    except _BROKEN as error:
        raise Refused(Reason.BROKEN, str(error)) from None
    return Extracted(Kind.PPTX, None, blocks)


class _Package:
    """The parts of a presentation and how they refer to each other."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        self._budget = _TOTAL_BYTES

    def part(self, name: str) -> etree._Element:
        """Return the tree of a part. Entities are left alone."""
        size = self._archive.getinfo(name).file_size
        self._budget -= size
        if size > _PART_BYTES or self._budget < 0:
            raise Refused(Reason.TOO_LARGE, name)
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
        with self._archive.open(name) as stream:
            return etree.fromstring(stream.read(_PART_BYTES), parser)

    def related(self, name: str, kind: str) -> dict[str, str]:
        """Return the parts of a kind that a part refers to, by relationship id."""
        folder, file = posixpath.split(name)
        relations = f"{folder}/_rels/{file}.rels"
        if relations not in self._names:
            return {}
        found = {}
        for relation in self.part(relations):
            target = posixpath.normpath(posixpath.join(folder, relation.get("Target", ""))).lstrip(
                "/"
            )
            if relation.get("Type", "").endswith("/" + kind) and target in self._names:
                found[relation.get("Id", "")] = target
        return found

    def slides(self) -> Iterator[str]:
        """Give the names of the slides in the order of the show."""
        main = "ppt/presentation.xml"
        slides = self.related(main, "slide")
        for entry in self.part(main).iter(f"{_P}sldId"):
            if entry.get(_R_ID) in slides:
                yield slides[entry.get(_R_ID)]


def _blocks_of_slide(package: _Package, slide: str, *, number: int) -> Iterator[Block]:
    tree = package.part(slide)
    shapes = sorted(_shapes(tree), key=lambda shape: _placeholder(shape) not in _TITLES)
    for shape in shapes:
        yield from _blocks_of_shape(shape, number)
    for notes in package.related(slide, "notesSlide").values():
        for shape in _shapes(package.part(notes)):
            if _placeholder(shape) == "body":
                yield from _blocks_of_shape(shape, number)


def _shapes(tree: etree._Element) -> Iterator[etree._Element]:
    for shape in tree.iter(f"{_P}sp", f"{_P}graphicFrame"):
        if _placeholder(shape) not in _NOT_OURS:
            yield shape


def _placeholder(shape: etree._Element) -> str:
    for mark in shape.iter(f"{_P}ph"):
        return str(mark.get("type", "body"))
    return ""


def _blocks_of_shape(shape: etree._Element, number: int) -> Iterator[Block]:
    tables = list(shape.iter(f"{_A}tbl"))
    for table in tables:
        text = render_table(_rows(table))
        if text:
            yield Block(BlockKind.TABLE, text, page=number)
    if tables:
        return
    lines = [line for paragraph in shape.iter(f"{_A}p") if (line := _words(paragraph))]
    if not lines:
        return
    if _placeholder(shape) in _TITLES:
        yield Block(BlockKind.HEADING, re.sub(r"\s+", " ", " ".join(lines)), 2, number)
    elif len(lines) > 1:
        yield Block(BlockKind.LIST, "\n".join(f"- {line}" for line in lines), page=number)
    else:
        yield Block(BlockKind.PARAGRAPH, lines[0], page=number)


def _rows(table: etree._Element) -> list[list[str]]:
    return [
        [" ".join(map(_words, cell.iter(f"{_A}p"))) for cell in row.iter(f"{_A}tc")]
        for row in table.iter(f"{_A}tr")
    ]


def _words(paragraph: etree._Element) -> str:
    parts = paragraph.iter(f"{_A}t", f"{_A}br", f"{_A}tab")
    pieces = [(part.text or "") if part.tag == f"{_A}t" else " " for part in parts]
    return clean("".join(pieces)).strip()
