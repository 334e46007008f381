from pathlib import Path

import pytest

from tests.tools.lint.found import found
from tools.lint import assertions

FILE = "tests/test_x.py"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def test_a():\n    f()\n", "test_a asserts nothing"),
        ("async def test_a():\n    await f()\n", "test_a asserts nothing"),
        ("class TestA:\n    def test_b(self):\n        f()\n", "test_b asserts nothing"),
        ("def test_a():\n    assert True\n", "an assertion of a constant"),
        ("def helper():\n    assert x\n\n\ndef test_a():\n    f()\n", "test_a asserts nothing"),
    ],
)
def test_test_that_cannot_fail_is_reported(tmp_path: Path, text: str, words: str) -> None:
    (line,) = found(assertions, tmp_path, {FILE: text})
    assert words in line


@pytest.mark.parametrize(
    "text",
    [
        "def test_a():\n    assert f()\n",
        "def test_a():\n    with pytest.raises(KeyError):\n        f()\n",
        "def test_a(page):\n    expect(page.title).to_be_visible()\n",
        "async def test_a():\n    await asyncio.wait_for(gone.wait(), 1)\n",
        "def test_a():\n    assert_inert(f())\n",
        "def _same(x):\n    assert x\n\n\ndef _both(x):\n    _same(x)\n\n\ndef test_a():\n    _both(f())\n",
    ],
)
def test_test_that_can_fail_is_not_reported(tmp_path: Path, text: str) -> None:
    assert found(assertions, tmp_path, {FILE: text}) == []
