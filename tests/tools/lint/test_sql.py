from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import sql

MODULE = "src/besedka/kernel/files"


@pytest.mark.parametrize(
    "literal",
    [
        '"SELECT id FROM file WHERE id = $1"',
        '"""\n    SELECT id,\n    name\n    FROM file"""',
        '"INSERT INTO file (id) VALUES ($1)"',
        '"UPDATE file SET name = $1"',
        '"DELETE FROM file"',
        '"WITH mine AS (SELECT 1) SELECT 2"',
        'f"SELECT {columns} FROM file"',
    ],
)
@pytest.mark.parametrize("path", [SRC, f"{MODULE}/api.py", "src/besedka/core/http/client.py"])
def test_statement_outside_a_repository_is_reported(
    tmp_path: Path, path: str, literal: str
) -> None:
    assert found(sql, tmp_path, {path: f"x = 1\ny = {literal}\n"})[0].startswith(f"{path}:2: ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{MODULE}/repository.py", 'x = "SELECT id FROM file"'),
        (f"{MODULE}/repository/search.py", 'x = "SELECT id FROM file"'),
        ("src/besedka/core/db/rls.py", 'x = "DELETE FROM file"'),
        ("src/besedka/migrations/versions/first.py", 'x = "UPDATE file SET a = 1"'),
        (SRC, '"""SELECT id FROM file is what the repository says."""'),
        (SRC, 'x = "Select a person from the list"'),
        (SRC, 'x = "Update your password"'),
    ],
)
def test_statement_at_home_and_words_are_not_reported(tmp_path: Path, path: str, text: str) -> None:
    assert found(sql, tmp_path, {path: text}) == []
