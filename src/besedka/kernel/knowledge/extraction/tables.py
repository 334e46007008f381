"""Tables as Markdown: the heading row, a row of dashes, the rows."""

import re
from collections.abc import Iterable, Sequence

_SPACE = re.compile(r"\s+")


def render_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a Markdown table without empty rows and trailing empty columns; "" when nothing is left."""
    filled = [cells for row in rows if any(cells := [_cell(text) for text in row])]
    width = max((_width(cells) for cells in filled), default=0)
    if not width:
        return ""
    lines = [_line(cells, width) for cells in filled]
    lines.insert(1, "|" + "---|" * width)
    return "\n".join(lines)


def _cell(text: str) -> str:
    if "|" in text:
        text = text.replace("|", "\\|")
    return _SPACE.sub(" ", text).strip()


def _width(cells: Sequence[str]) -> int:
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1]), 0)


def _line(cells: Sequence[str], width: int) -> str:
    padded = [*cells[:width], *[""] * (width - len(cells))]
    return "| " + " | ".join(padded) + " |"
