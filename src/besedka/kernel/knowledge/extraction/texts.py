"""Plain text and Markdown as blocks."""

import re
from collections.abc import Iterator

from besedka.kernel.knowledge.extraction.types import Block, BlockKind

_BLANK_LINES = re.compile(r"\n[ \t\xa0]*\n\s*")
_MARKDOWN_SIGNS = ("# ", "```", "~~~")
_MARKDOWN = re.compile(r"^(?:#{1,6} +\S|```|~~~)", re.MULTILINE)

_HEADING_CHARS = 120
_NAMED = re.compile(
    r"(?i:(часть|раздел|part)|(глава|chapter|приложение|appendix)|(статья|section|article|параграф|§))"
    r"[ \t]+(?:\d|[IVXLC]+\b|[А-Я]\b)"
)
_SENTENCE_END = (".", "!", "?", ";", ",", ":", "…")
_LETTERS = re.compile(r"[^\W\d_]")

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HASHES = re.compile(r"[ ]{0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r"[ ]{0,3}(=+|-{2,})[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,9}[.)])[ \t]+\S")
_TABLE_RULE = re.compile(r"[|:\- \t]+$")


def blocks_of_text(text: str, *, markdown: bool = False) -> list[Block]:
    """Return the blocks of a clean text; it is read as Markdown when it is said to be, or looks so."""
    if markdown or _looks_like_markdown(text):
        return list(_Markdown(text).blocks())
    return [_plain(part) for part in _BLANK_LINES.split(text.strip()) if part]


def _looks_like_markdown(text: str) -> bool:
    """Whether there are headings or fences; looked for with the dear expression only where it may match."""
    return any(map(text.__contains__, _MARKDOWN_SIGNS)) and _MARKDOWN.search(text) is not None


def _plain(part: str) -> Block:
    if len(part) <= _HEADING_CHARS:
        level = _heading_level(part)
        if level:
            return Block(BlockKind.HEADING, " ".join(part.split()), level)
    return Block(BlockKind.PARAGRAPH, part)


def _heading_level(part: str) -> int:
    """Return the level of a heading in plain text, 0 for none: a numbered chapter, or all capitals."""
    if part.endswith(_SENTENCE_END) and not part.endswith("..."):
        return 0
    named = _NAMED.match(part)
    if named:
        return named.lastindex or 0
    return 1 if part.isupper() and len(_LETTERS.findall(part)) >= 4 else 0


def _without_hashes(title: str) -> str:
    """Drop the closing row of hashes that a heading may have."""
    title = title.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if bare[-1:].isspace() or not bare else title


class _Markdown:
    """Reads Markdown line by line (CommonMark's block structure, as far as passages need it)."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0
        self._open: list[str] = []

    def blocks(self) -> Iterator[Block]:
        """Give the blocks in order."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            special = self._special(line)
            if special is not None:
                yield from self._paragraph()
                yield special
            elif line.strip():
                self._open.append(line)
                self._at += 1
            else:
                yield from self._paragraph()
                self._at += 1
        yield from self._paragraph()

    def _special(self, line: str) -> Block | None:
        start = line.lstrip()[:1]
        if start in {"`", "~"}:
            return self._fence(line)
        if start == "#":
            return self._hashes(line)
        if start in {"=", "-"} and len(self._open) == 1:
            return self._underlined(line)
        if "|" in line:
            return self._table(line)
        return None

    def _fence(self, line: str) -> Block | None:
        opening = _FENCE.match(line)
        if opening is None:
            return None
        mark, first = opening[1], self._at
        self._at += 1
        while self._at < len(self._lines):
            self._at += 1
            if self._closes(self._lines[self._at - 1], mark):
                break
        return Block(BlockKind.CODE, "\n".join(self._lines[first : self._at]))

    @staticmethod
    def _closes(line: str, mark: str) -> bool:
        stripped = line.strip()
        return stripped.startswith(mark) and not stripped.strip(mark[0])

    def _hashes(self, line: str) -> Block | None:
        found = _HASHES.match(line)
        if found is None:
            return None
        self._at += 1
        return Block(BlockKind.HEADING, _without_hashes(line[found.end() :]), len(found[1]))

    def _underlined(self, line: str) -> Block | None:
        found = _UNDERLINE.match(line)
        if found is None or _ITEM.match(self._open[0]) or len(self._open[0]) > _HEADING_CHARS:
            return None
        self._at += 1
        return Block(BlockKind.HEADING, self._open.pop().strip(), 1 if "=" in found[1] else 2)

    def _table(self, line: str) -> Block | None:
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        if "-" not in following or not _TABLE_RULE.match(following):
            return None
        rows = [line.strip(), following.strip()]
        self._at += 2
        while self._at < len(self._lines) and "|" in self._lines[self._at]:
            rows.append(self._lines[self._at].strip())
            self._at += 1
        return Block(BlockKind.TABLE, "\n".join(rows))

    def _paragraph(self) -> Iterator[Block]:
        if self._open:
            kind = BlockKind.LIST if _ITEM.match(self._open[0]) else BlockKind.PARAGRAPH
            yield Block(kind, "\n".join(self._open).strip("\n"))
            self._open = []
