from pathlib import Path

import pytest

from tests.tools.lint.found import SRC, found
from tools.lint import arguments


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b, c): ...",
        "async def f(a, b, c=1): ...",
        "def f(a, b, /, c): ...",
        "class A:\n    def f(self, a, b, c): ...",
        "class A:\n    def __init__(self, a, b, c): ...",
        "class A:\n    @staticmethod\n    def f(a, b, c): ...",
    ],
)
def test_third_positional_argument_is_reported(tmp_path: Path, text: str) -> None:
    (line,) = found(arguments, tmp_path, {SRC: text})
    assert "takes 3 positional arguments" in line


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b, *, c): ...",
        "def f(a, b, *rest, **more): ...",
        "class A:\n    def f(self, a, b): ...",
        "class A:\n    @classmethod\n    def f(cls, a, b): ...",
        "class A:\n    def __exit__(self, kind, value, trace): ...",
        "async def app(scope, receive, send): ...",
        "def add_request_id(_logger, _method_name, event_dict): ...",
    ],
)
def test_named_and_prescribed_arguments_are_not_reported(tmp_path: Path, text: str) -> None:
    assert found(arguments, tmp_path, {SRC: text}) == []
