"""Tables inside passages, written so that every row can be read alone. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_BETWEEN = re.compile(r"(?<!\\)\|")
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Readable:
    """A passage whose table rows are sentences; `rows` are their places."""

    text: str
    rows: tuple[slice, ...] = ()


def readable(text: str) -> Readable:
    """Write every row of a Markdown table as "Name: value; name: value", by the names in its heading row."""
    if "|" not in text:
        return Readable(text)
    lines: list[str] = []
    rows: list[slice] = []
    at = 0
    for line, is_row in _lines(text.split("\n")):
        if is_row:
            rows.append(slice(at, at + len(line)))
        lines.append(line)
        at += len(line) + 1
    return Readable("\n".join(lines), tuple(rows)) if rows else Readable(text)


def _lines(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each is a row; heading rows and rules are left out."""
    names: list[str] = []
    in_code = False
    for place, line in enumerate(lines):
        bare = line.strip()
        in_code ^= bare.startswith(_FENCES)
        if in_code or not _is_row(bare):
            names = []
            yield line, False
        elif place + 1 < len(lines) and _is_rule(lines[place + 1]):
            names = _cells(bare)
            if not _has_rows(lines, place + 2):
                yield _sentence([], names), True
        elif not _is_rule(bare):
            yield _sentence(names, _cells(bare)), True


def _has_rows(lines: Sequence[str], place: int) -> bool:
    return place < len(lines) and _is_row(lines[place].strip())


def _is_row(line: str) -> bool:
    return len(line) > 2 and line[0] == line[-1] == "|"


def _is_rule(line: str) -> bool:
    return _is_row(line.strip()) and _RULE.fullmatch(line.strip()) is not None


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _BETWEEN.split(row[1:-1])]


def _sentence(names: Sequence[str], cells: Sequence[str]) -> str:
    padded = [*names, *[""] * (len(cells) - len(names))]
    return "; ".join(
        f"{name}: {cell}" if name else cell
        for name, cell in zip(padded, cells, strict=False)
        if cell
    )
