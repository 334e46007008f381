from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import sizes


def _function(*, lines: int, name: str = "f", docstring: str = "") -> str:
    return f"def {name}():\n{docstring}" + "    x()\n" * (lines - 1)


@pytest.mark.parametrize(
    ("path", "text", "line", "words"),
    [
        (SRC, "x = 1\n" * 601, 601, "file of 601 lines"),
        (SRC, "x = 1\n" * 401, 401, "warning: file of 401 lines"),
        ("frontend/src/a.ts", "x\n" * 601, 601, "file of 601 lines"),
        ("src/besedka/web/templates/a.html", "<p>\n" * 121, 121, "template of 121 lines"),
        (SRC, "\n" + _function(lines=61), 2, "f has 61 lines"),
        ("tests/test_x.py", _function(lines=61), 1, "f has 61 lines"),
    ],
)
def test_too_long_is_reported(tmp_path: Path, path: str, text: str, line: int, words: str) -> None:
    assert f"{path}:{line}: {words}" in found(sizes, tmp_path, {path: text})[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (SRC, "x = 1\n" * 400),
        ("src/besedka/web/templates/a.html", "<p>\n" * 120),
        (SRC, _function(lines=60)),
        ("src/besedka/migrations/versions/0001_a.py", _function(lines=601)),
        (SRC, _function(lines=60, docstring='    """A\n\n    b.\n    """\n')),
    ],
)
def test_just_short_enough_is_not_reported(tmp_path: Path, path: str, text: str) -> None:
    assert found(sizes, tmp_path, {path: text}) == []


def test_long_functions_on_the_whole_are_reported(tmp_path: Path) -> None:
    text = "".join(_function(lines=41, name=f"f{i}") for i in range(9))
    assert found(sizes, tmp_path, {SRC: text}) == [
        "src:1: median function length is 41 lines, 10 at most",
        "src:1: 95th percentile of function length is 41 lines, 40 at most",
    ]
