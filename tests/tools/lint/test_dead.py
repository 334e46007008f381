from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import dead

TEMPLATE = "src/besedka/web/templates/a.html"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def assign(): ...\n", "function assign"),
        ("class Deal: ...\n", "class Deal"),
        ("class Deal:\n    def assign(self): ...\n\n\nDeal()\n", "method assign"),
        ("class Deal:\n    @property\n    def sum(self): ...\n\n\nDeal()\n", "property sum"),
        ("import json\n", "import json"),
    ],
)
def test_unused_definition_is_reported(tmp_path: Path, text: str, words: str) -> None:
    (line,) = found(dead, tmp_path, {SRC: text})
    assert words in line


def test_word_of_a_template_is_no_use(tmp_path: Path) -> None:
    files = {SRC: "def assign(): ...\n", TEMPLATE: "<p>assign</p>{{ name }}"}
    assert len(found(dead, tmp_path, files)) == 1


def test_definition_used_by_a_test_only_is_reported(tmp_path: Path) -> None:
    files = {SRC: "def assign(): ...\n", "tests/test_x.py": "assign()\n"}
    assert len(found(dead, tmp_path, files)) == 1


@pytest.mark.parametrize(
    "files",
    [
        {SRC: "def assign(): ...\n", "src/besedka/app.py": "assign()\n"},
        {SRC: "@router.get('/x')\nasync def assign(): ...\n"},
        {SRC: "def initials(): ...\n", TEMPLATE: "{{ initials(person) }}"},
        {"src/besedka/kernel/files/models.py": "class File(Base): ...\n"},
        {SRC: "class Deal:\n    amount: int\n\n\nDeal()\n"},
    ],
)
def test_used_definition_is_not_reported(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(dead, tmp_path, files) == []
