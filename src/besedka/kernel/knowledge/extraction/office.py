"""Office formats as blocks, by xberg. Runs in a child."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import xberg

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.by_xberg import read_by_xberg
from besedka.kernel.knowledge.extraction.drawings import texts_of_drawings
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted, Notice

Node = Mapping[str, object]

_HEADING_CHARS = 200
_SLIDE_TITLE_CHARS = 120
_NO_HEADING = re.compile(r"[-–—•*]\s|.*[;,]$", re.DOTALL)
_HEADING_STYLE = re.compile(r"(?:heading|заголовок|title|название)\D*(\d?)", re.IGNORECASE)
_WORDS = re.compile(r"\w+")
_KEPT_SHARE = 0.9
_TELLING_WARNINGS = re.compile(r"truncat|limit|skipp|fail|fallback", re.IGNORECASE)


def read_office(data: bytes, kind: Kind) -> Extracted:
    """Return the text of a document of an office format. Raises Refused."""
    document = read_by_xberg(data, kind)
    blocks = list(_Reader(document).blocks())
    if not _covers(blocks, document.content):
        blocks = blocks_of_text(clean(document.content))
    blocks = _with_slide_titles(blocks) if kind in {Kind.PPT, Kind.ODP} else blocks
    if kind is Kind.DOCX:
        blocks += [Block(BlockKind.PARAGRAPH, text) for text in texts_of_drawings(data, blocks)]
    told = [str(warning.message) for warning in document.processing_warnings]
    partly = [Notice("partly_read")] if any(map(_TELLING_WARNINGS.search, told)) else []
    return Extracted(kind, clean(document.metadata.title or "").strip() or None, blocks, partly)


def _covers(blocks: Sequence[Block], content: str) -> bool:
    """Whether the structure holds what the plain text holds."""
    wanted = len(_WORDS.findall(content))
    return sum(len(_WORDS.findall(block.text)) for block in blocks) >= _KEPT_SHARE * wanted


class _Reader:
    """Reads xberg's tree of nodes."""

    def __init__(self, document: xberg.ExtractedDocument) -> None:
        self._nodes = document.document.nodes if document.document else []
        self._items: list[str] = []
        self._item_page: int | None = None
        self._numbers: dict[int, str] = {}
        self._clauses = 0

    def blocks(self) -> Iterator[Block]:
        """Give the blocks in order."""
        for place, node in enumerate(self._nodes):
            content = cast(Node, json.loads(str(node.content)))
            attributes = node.attributes or {}
            kind = content["node_type"]
            if kind == "list_item":
                self._add_item(place, clean(str(content.get("text", ""))).strip())
                continue
            if kind == "list" and content.get("ordered"):
                self._number(node.children)
            block = _block(content, attributes, page=node.page)
            if block is not None:
                yield from self._list()
                yield block
        yield from self._list()

    def _add_item(self, place: int, text: str) -> None:
        if not text:
            return
        node = self._nodes[place]
        if not self._items:
            self._item_page = node.page
        own = (node.attributes or {}).get("list_marker")
        self._items.append(f"{own or self._numbers.get(place, '-')} {text}")

    def _number(self, items: Sequence[int]) -> None:
        """Number the items of a list whose numbers are not in the text.

        A list of one item is a numbered heading or clause: its number goes on from the last such one.
        """
        if len(items) == 1:
            self._clauses += 1
            self._numbers[items[0]] = f"{self._clauses}."
        else:
            self._numbers.update((item, f"{place}.") for place, item in enumerate(items, 1))

    def _list(self) -> Iterator[Block]:
        if self._items:
            yield Block(BlockKind.LIST, "\n".join(self._items), page=self._item_page)
            self._items = []


def _block(content: Node, attributes: Mapping[str, str], *, page: int | None) -> Block | None:
    kind = content["node_type"]
    if kind == "table":
        table = render_table(_rows(cast(Node, content["grid"])))
        return Block(BlockKind.TABLE, table, page=page) if table else None
    text = clean(_text(content)).strip()
    if not text:
        return None
    if kind == "code":
        return Block(BlockKind.CODE, f"```\n{text}\n```", page=page)
    level = _level(content, attributes, text=text)
    if level:
        return Block(BlockKind.HEADING, " ".join(text.split()), level, page)
    return Block(BlockKind.PARAGRAPH, text, page=page)


def _text(content: Node) -> str:
    if content["node_type"] in {"group", "metadata_block", "page_break", "list", "quote"}:
        return ""
    parts = (
        content.get(name)
        for name in ("title", "term", "definition", "text", "content", "description")
    )
    return "\n".join(str(part) for part in parts if part)


def _level(content: Node, attributes: Mapping[str, str], *, text: str) -> int:
    if len(text) > _HEADING_CHARS or _NO_HEADING.match(text):
        return 0
    if content["node_type"] == "title":
        return 1
    if content["node_type"] == "heading":
        return min(max(int(cast(int, content["level"])), 1), 6)
    style = _HEADING_STYLE.match(attributes.get("style_name", ""))
    return int(style[1] or 3) if style else 0


def _rows(grid: Node) -> list[list[str]]:
    rows = [[""] * int(cast(int, grid["cols"])) for _ in range(int(cast(int, grid["rows"])))]
    for cell in cast(list[Node], grid["cells"]):
        rows[cast(int, cell["row"])][cast(int, cell["col"])] = clean(str(cell["content"]))
    return rows


def _with_slide_titles(blocks: Sequence[Block]) -> list[Block]:
    """Make the first short paragraph of every slide its heading."""
    titled: set[int | None] = {None}
    written = []
    for block in blocks:
        is_title = block.kind is BlockKind.PARAGRAPH and len(block.text) <= _SLIDE_TITLE_CHARS
        if block.page not in titled and is_title:
            written.append(Block(BlockKind.HEADING, " ".join(block.text.split()), 2, block.page))
        else:
            written.append(block)
        titled.add(block.page)
    return written
