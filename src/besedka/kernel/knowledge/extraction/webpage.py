"""HTML and XML as blocks. Runs in a child."""

import html
import re
from collections.abc import Callable

from lxml import etree

from besedka.core.content.cleaning import clean
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind

_UNSEEN = {
    *(
        "head",
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
    ),
    *("canvas", "audio", "video", "select", "datalist", "textarea", "input", "button"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"),
    *("dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header"),
    *("hgroup", "hr", "html", "legend", "main", "nav", "p", "section", "summary", "table", "tbody"),
    *("td", "tfoot", "th", "thead", "tr"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_CELL_CHARS = 500
_DEEP = 256
_TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>")
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1>", re.IGNORECASE)


def parse_html(text: str) -> etree._Element:
    """Return the tree of a page. Nothing is fetched, whatever the page refers to."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise Refused(Reason.EMPTY, str(error)) from None
    if tree is None:
        raise Refused(Reason.EMPTY)
    return tree


def title_of(tree: etree._Element) -> str | None:
    """Return the page's title."""
    for element in tree.iter("title"):
        return _SPACE.sub(" ", "".join(element.itertext())).strip() or None
    return None


def blocks_of_page(tree: etree._Element) -> list[Block]:
    """Return everything that a reader of the page sees."""
    writer = _Writer()
    writer.walk(tree)
    return writer.blocks


def blocks_of_html(text: str) -> list[Block]:
    """Return everything that a reader of the page sees, also when the page is hardly a page.

    libxml2 gives up on what is nested more than 256 deep; then the text between the tags has to do.
    """
    blocks = blocks_of_page(parse_html(text))
    if blocks or text.count("<") < _DEEP:
        return blocks
    return blocks_of_text(clean(html.unescape(_TAG.sub("\n\n", _SCRIPT.sub("", text)))))


class _Writer:
    """Collects inline text and writes a block wherever one ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._pieces: list[str] = []
        self._items: list[str] = []
        self._lists: list[int | None] = []  # of each open list its next number, None for bullets

    def walk(self, tree: etree._Element) -> None:
        """Write the blocks of a tree."""
        events = etree.iterwalk(tree, events=("start", "end"))
        for event, element in events:
            if event == "start":
                if self._start(element):
                    events.skip_subtree()
            else:
                self._end(element)
        self._flush()

    def _start(self, element: etree._Element) -> bool:
        """Begin an element; True when it has been dealt with as a whole."""
        tag = element.tag
        whole = self._whole(tag)
        if tag in _UNSEEN or _is_hidden(element):
            return True
        if whole is not None and whole(element):
            return True
        if tag in _BLOCKS or tag in {"ul", "ol", "li"}:
            self._flush()
            if tag in {"ul", "ol"}:
                self._lists.append(_first_number(element))
        elif tag == "br":
            self._pieces.append("\n")
        self._add(element.text)
        return False

    def _whole(self, tag: str) -> Callable[[etree._Element], bool] | None:
        if tag in _HEADINGS:
            return self._heading
        return {"pre": self._code, "table": self._table}.get(tag)

    def _end(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in _BLOCKS or tag == "li":
            self._flush()
        elif tag in {"ul", "ol"}:
            self._flush()
            if self._lists:
                self._lists.pop()
            if not self._lists:
                self._end_list()
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text:
            self._pieces.append(_SPACE.sub(" ", text))

    def _flush(self) -> None:
        text = _AROUND_BREAK.sub("\n", _collapse("".join(self._pieces))).strip()
        self._pieces = []
        if not text:
            return
        if self._lists:
            self._items.append(self._marker() + text.replace("\n", " "))
        else:
            self._write(BlockKind.PARAGRAPH, text)

    def _marker(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1]
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _end_list(self) -> None:
        if self._items:
            self._write(BlockKind.LIST, "\n".join(self._items))
            self._items = []

    def _write(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        self.blocks.append(Block(kind, clean(text), level))

    def _heading(self, element: etree._Element) -> bool:
        self._flush()
        self._end_list()
        text = _inline(element)
        if text:
            self._write(BlockKind.HEADING, text, level=_HEADINGS[element.tag])
        return True

    def _code(self, element: etree._Element) -> bool:
        self._flush()
        self._end_list()
        text = "".join(element.itertext()).strip("\n")
        if text.strip():
            self._write(BlockKind.CODE, f"```\n{text}\n```")
        return True

    def _table(self, element: etree._Element) -> bool:
        rows = [
            [_inline(cell) for cell in row.iterchildren("td", "th")] for row in element.iter("tr")
        ]
        if not _holds_data(element, rows):
            return False
        self._flush()
        self._end_list()
        for caption in element.iterchildren("caption"):
            self._write(BlockKind.PARAGRAPH, _inline(caption))
        table = render_table(rows)
        if table:
            self._write(BlockKind.TABLE, table)
        return True


def _first_number(element: etree._Element) -> int | None:
    if element.tag == "ul":
        return None
    start = element.get("start", "1")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1


def _collapse(text: str) -> str:
    return re.sub(r"[^\S\n]+", " ", text)


def _inline(element: etree._Element) -> str:
    pieces: list[str] = []
    _gather(element, pieces)
    return _SPACE.sub(" ", "".join(pieces)).strip()


def _gather(element: etree._Element, pieces: list[str]) -> None:
    """Collect what is seen of an element. libxml2 bounds the depth of a tree to 256."""
    edge = " " if element.tag in _BLOCKS or element.tag in {"br", "li"} else ""
    pieces += (edge, element.text or "")
    for child in element:
        if child.tag not in _UNSEEN and not _is_hidden(child):
            _gather(child, pieces)
        pieces.append(child.tail or "")
    pieces.append(edge)


def _is_hidden(element: etree._Element) -> bool:
    return "hidden" in element.attrib or _HIDDEN_STYLE.search(element.get("style", "")) is not None


def _holds_data(element: etree._Element, rows: list[list[str]]) -> bool:
    """Whether a table shows data: tables were, and in letters still are, a means of layout."""
    if next(element.iterdescendants("table", "h1", "h2", "h3", "ul", "ol"), None) is not None:
        return False
    if max((len(row) for row in rows), default=0) < 2:
        return False
    return all(len(cell) <= _CELL_CHARS for row in rows for cell in row)
