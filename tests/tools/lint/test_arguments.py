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
        "def f(a, b, conn): ...",
        "class A:\n    def f(self, a, b, c): ...",
        "class A:\n    def __init__(self, a, b, c): ...",
        "class A:\n    @staticmethod\n    def f(a, b, c): ...",
    ],
)
def test_third_positional_argument_is_reported(tmp_path: Path, text: str) -> None:
    (line,) = found(arguments, tmp_path, {SRC: text})
    assert "takes 3 positional arguments" in line
    assert "warning" not in line


def test_third_positional_argument_of_a_private_function_is_warned_of(tmp_path: Path) -> None:
    (line,) = found(arguments, tmp_path, {SRC: "def _f(a, b, c): ..."})
    assert line.startswith(f"{SRC}:1: warning: _f takes 3")


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b, *, c): ...",
        "def f(a, b, *rest, **more): ...",
        "class A:\n    def f(self, a, b): ...",
        "class A:\n    @classmethod\n    def f(cls, a, b): ...",
        "class A:\n    def __exit__(self, kind, value, trace): ...",
        "@router.get('/x')\nasync def read(a, b, c): ...",
        "def defer(conn, name, arguments): ...",
        "def ask(runtime, workspace, assistant, question): ...",
        "Now = Annotated[int, Depends(f)]\ndef current(now: Now, a: Annotated[str, Header()], b, c): ...",
        "def redact(_logger, _method, event): ...",
        "async def app(scope, receive, send): ...",
        "def add_request_id(_logger, _method_name, event_dict): ...",
    ],
)
def test_named_and_prescribed_arguments_are_not_reported(tmp_path: Path, text: str) -> None:
    assert found(arguments, tmp_path, {SRC: text}) == []
