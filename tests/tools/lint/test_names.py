from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import names

MODULE = "src/besedka/kernel/files"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{MODULE}/utils.py", ""),
        (f"{MODULE}/helpers.py", ""),
        (SRC, "def process_file(): ..."),
        (SRC, "async def _handle(): ..."),
        (SRC, "class FileManager: ..."),
        (SRC, "def get_file() -> File | None: ..."),
        (SRC, "def get_file() -> Optional[File]: ..."),
    ],
)
def test_name_that_says_nothing_or_lies_is_reported(tmp_path: Path, path: str, text: str) -> None:
    assert len(found(names, tmp_path, {path: text})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{MODULE}/handlers.py", ""),
        (SRC, "def settle(): ..."),
        (SRC, "def processor_count(): ..."),
        (SRC, "def get_file() -> File: ..."),
        (SRC, "def find_file() -> File | None: ..."),
        (SRC, "def get_names() -> list[str | None]: ..."),
    ],
)
def test_name_that_says_something_is_not_reported(tmp_path: Path, path: str, text: str) -> None:
    assert found(names, tmp_path, {path: text}) == []
