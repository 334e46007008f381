"""Tables as CSV that a spreadsheet opens and never runs."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime


class Digits(str):
    """A number as it is to be written, to its last digit: no words that anybody chose."""

    __slots__ = ()


Cell = str | int | float | date | datetime | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV injection), and the like."""


def spell(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write a table as UTF-8 with a mark at its beginning, by which spreadsheets know it."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_cell(each) for each in head])
    writer.writerows([_cell(each) for each in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Digits):
        return (
            f"'{value}"
            if value.lstrip().startswith(FORMULA) or value.startswith(FORMULA)
            else value
        )
    if isinstance(value, float):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)
