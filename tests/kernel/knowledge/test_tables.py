"""Tables as sentences."""

import pytest

from besedka.kernel.knowledge.service.quote import places
from besedka.kernel.knowledge.service.tables import readable

TABLE = """\
Before. It goes on:

| Model | Size | Price |
|---|:---:|--:|
| Grove | 2.5 m. Square | |
| Noon \\| Sun | 3 m | 124 |

After."""


def test_rows_become_sentences_with_the_names_of_the_columns() -> None:
    found = readable(TABLE)
    assert found.text == (
        "Before. It goes on:\n\nModel: Grove; Size: 2.5 m. Square\nModel: Noon | Sun; Size: 3 m; Price: 124\n\nAfter."
    )
    rows = [found.text[place] for place in found.rows]
    assert rows == found.text.split("\n")[2:4]


def test_row_is_one_sentence_however_many_stops_it_has() -> None:
    passage = readable(TABLE)
    shown = [(passage.text[place], is_row) for place, is_row in places(passage)]
    assert shown[:3] == [
        ("Before.", False), ("It goes on:", False), ("Model: Grove; Size: 2.5 m. Square", True),
    ]  # fmt: skip
    assert [is_row for _, is_row in shown] == [False, False, True, True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""), ("a | b", "a | b"), ("|", "|"), ("||", "||"), ("| a | b |", "a; b"), ("| a | b |\n|---|---|", "a; b"),
        ("```\n| a |\n|---|\n| 1 |\n```", "```\n| a |\n|---|\n| 1 |\n```"), ("| | |", ""),
        ("| a |\n|---|\n| 1 | 2 |", "a: 1; 2"), ("| a | b |\n|---|---|\n| 1 |", "a: 1"), ("|---|---|", "|---|---|"),
        ("| a |\n|---|\n| 1 |\n\n| 2 |", "a: 1\n\n2"),
    ],
)  # fmt: skip
def test_odd_table_stays_readable(text: str, expected: str) -> None:
    assert readable(text).text == expected
