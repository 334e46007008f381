"""Cases as a CSV table: `question,expects,facts,source`, the facts parted by `|`. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence

from besedka.core.ids import new_id
from besedka.products.training.errors import BadTable
from besedka.products.training.types import (
    FACT_CHARACTERS,
    MOST_FACTS,
    QUESTION_CHARACTERS,
    Case,
    Expect,
)

COLUMNS = ("question", "expects", "facts", "source")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate."""


def written(cases: Sequence[Case]) -> str:
    """Return cases as a table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in cases:
        row = (each.question, str(each.expects), "|".join(each.facts), each.source)
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue()


def read(table: str) -> list[Case]:
    """Return the cases of a table; commas, semicolons or tabs part its columns. Raises BadTable."""
    text = table.lstrip("\ufeff").strip("\n")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=mark)
    return list(_cases(rows))


def _cases(rows: Iterator[list[str]]) -> Iterator[Case]:
    try:
        for number, row in enumerate(rows, 1):
            cells = [cell.strip().removeprefix("'") for cell in row]
            is_heading = number == 1 and cells[:1] == [COLUMNS[0]]
            if any(cells) and not is_heading:
                yield _case([*cells, "", "", ""], number)
    except csv.Error as error:
        raise BadTable(line=number + 1) from error


def _case(cells: Sequence[str], number: int) -> Case:
    question, expects, facts, source = cells[:4]
    wanted = tuple(each for fact in facts.split("|") if (each := fact.strip()))
    is_known = expects in {"", *Expect}
    is_small = (
        len(question) <= QUESTION_CHARACTERS
        and len(wanted) <= MOST_FACTS
        and all(len(each) <= FACT_CHARACTERS for each in (*wanted, source))
    )
    if not question or not is_known or not is_small:
        raise BadTable(line=number)
    return Case(new_id(), question, Expect(expects or Expect.ANSWER), wanted, source)
