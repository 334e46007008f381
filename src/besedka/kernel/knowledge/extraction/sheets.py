"""CSV, TSV and JSON as blocks."""

import csv
import io
import json
import re
from collections.abc import Iterator

from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.tables import render_table
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind

_DELIMITERS = ",;\t|"
_LOOK_AT_LINES = 30
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DEPTH = 60


def blocks_of_csv(text: str, *, delimiter: str | None = None) -> list[Block]:
    """Return one table; a file that is not regular enough for that is read as text."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter or find_delimiter(text)))
    except csv.Error:
        return blocks_of_text(text)
    table = render_table(rows)
    return [Block(BlockKind.TABLE, table)] if table else []


def find_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first lines into the same number of cells most often."""
    lines = [_QUOTED.sub("", line) for line in text.split("\n", _LOOK_AT_LINES)[:_LOOK_AT_LINES]]
    lines = [line for line in lines if line.strip()]

    def regularity(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts) - {0}, key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=regularity)


def blocks_of_json(text: str) -> list[Block]:
    """Return the values with their paths, one paragraph per element of the outermost array or object."""
    try:
        value = json.loads(text)
    except ValueError:  # several values, comments, cut off: still text
        return blocks_of_text(text)
    except RecursionError:
        raise Refused(Reason.BROKEN, "nested too deeply") from None
    if isinstance(value, list):
        parts = [list(_lines(element, "")) for element in value]
    elif isinstance(value, dict):
        parts = [list(_lines(element, str(key))) for key, element in value.items()]
    else:
        parts = [[str(value)]]
    return [Block(BlockKind.PARAGRAPH, "\n".join(part)) for part in parts if part]


def _lines(value: object, path: str, *, depth: int = 0) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, f"{path}.{key}" if path else str(key), depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, path, depth=depth + 1)
    elif value not in {None, ""}:
        yield f"{path}: {value}" if path else str(value)
