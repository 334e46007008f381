from pathlib import Path

from tests.tools.lint.found import SRC, found
from tools.lint import client

HOME = "src/besedka/core/http/client.py"
MADE = "import aiohttp\n\nsession = aiohttp.ClientSession()\n"


def test_one_session_in_its_home_is_not_reported(tmp_path: Path) -> None:
    assert found(client, tmp_path, {HOME: MADE}) == []


def test_second_session_is_reported_where_it_is_made(tmp_path: Path) -> None:
    (line,) = found(client, tmp_path, {HOME: MADE, SRC: MADE})
    assert line.startswith(f"{SRC}:3: a second HTTP client")


def test_second_session_in_the_home_is_reported(tmp_path: Path) -> None:
    (line,) = found(client, tmp_path, {HOME: MADE + MADE})
    assert "found 2" in line


def test_no_session_is_reported(tmp_path: Path) -> None:
    (line,) = found(client, tmp_path, {HOME: "x = 1"})
    assert "found 0" in line
