from pathlib import Path

import pytest

from tests.tools.lint.found import found
from tools.lint import packages

MODULE = "src/besedka/kernel/files"


@pytest.mark.parametrize(
    "text", ["", "x = 1\n", '"""Files."""\n\nfrom besedka.kernel.files import service\n']
)
def test_init_that_is_not_a_docstring_is_reported(tmp_path: Path, text: str) -> None:
    (line,) = found(packages, tmp_path, {f"{MODULE}/__init__.py": text})
    assert line.startswith(f"{MODULE}/__init__.py:1: ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{MODULE}/__init__.py", '"""Files: uploads and downloads."""\n'),
        (f"{MODULE}/service/__init__.py", "from besedka.kernel.files.service.upload import upload"),
        (f"{MODULE}/service.py", "x = 1"),
    ],
)
def test_docstring_and_inner_package_are_not_reported(tmp_path: Path, path: str, text: str) -> None:
    assert found(packages, tmp_path, {path: text}) == []
