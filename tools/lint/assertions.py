"""A test has to be able to fail: it asserts something, itself or in a helper beside it."""

import ast
from collections.abc import Iterator

from tools.lint.functions import FunctionNode
from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "assertion"

ASSERTING = ("assert_", "expect", "raises", "warns", "fail", "wait_", "eventually")
"""Beginnings of the names of calls that fail a test by themselves; what is waited for comes or fails it."""


def check(project: Project) -> Iterator[Violation]:
    """Tests without any assertion, and assertions of a constant."""
    for file in project.python("tests"):
        yield from _constant_assertions(file)
        asserting = _asserting_names(file)
        for function in file.functions:
            if function.name.startswith("test_") and function.name not in asserting:
                yield Violation(file.path, function.line, f"{function.name} asserts nothing")


def _constant_assertions(file: SourceFile) -> Iterator[Violation]:
    for node in ast.walk(file.module):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant):
            yield Violation(file.path, node.lineno, "an assertion of a constant proves nothing")


def _asserting_names(file: SourceFile) -> set[str]:
    """Functions of a file that assert, directly or through one another."""
    calls = {function.name: _calls(function.node) for function in file.functions}
    found = {function.name for function in file.functions if _asserts(function.node)}
    while more := {name for name, called in calls.items() if called & found} - found:
        found |= more
    return found


def _asserts(node: FunctionNode) -> bool:
    has_statement = any(isinstance(child, ast.Assert) for child in ast.walk(node))
    return has_statement or any(name.lstrip("_").startswith(ASSERTING) for name in _calls(node))


def _calls(node: FunctionNode) -> set[str]:
    return {_last_name(child.func) for child in ast.walk(node) if isinstance(child, ast.Call)}


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
