"""Names say what is done, and `get_x` and `find_x` keep their promise."""

import ast
import re
from collections.abc import Iterator

from tools.lint.functions import Function
from tools.lint.project import Project, SourceFile
from tools.lint.violation import Violation

NAME = "name"

EMPTY_VERB = re.compile(r"_*(process|handle|manage)(_|$)")
EMPTY_NOUN = re.compile(r"(Manager|Helper|Helpers|Utils|Util)$")
EMPTY_FILE = re.compile(r"_*(utils?|helpers?|managers?|misc)$")


def check(project: Project) -> Iterator[Violation]:
    """Files, classes and functions with names that say nothing; `get_x` that may return None."""
    for file in project.python("src", "tools"):
        stem = file.parts[-1].removesuffix(".py")
        if EMPTY_FILE.match(stem):
            yield Violation(file.path, 1, f"{stem} says nothing about what is in it")
        yield from _class_names(file)
        for function in file.functions:
            yield from _function_names(file, function)


def _class_names(file: SourceFile) -> Iterator[Violation]:
    for node in ast.walk(file.module):
        if isinstance(node, ast.ClassDef) and EMPTY_NOUN.search(node.name):
            yield Violation(file.path, node.lineno, f"{node.name} says nothing about what it does")


def _function_names(file: SourceFile, function: Function) -> Iterator[Violation]:
    if EMPTY_VERB.match(function.name):
        yield Violation(file.path, function.line, f"{function.name}: use the field's own verb")
    if function.name.startswith("get_") and _may_be_none(function.node.returns):
        yield Violation(file.path, function.line, f"{function.name} may return None: call it find_")


def _may_be_none(returns: ast.expr | None) -> bool:
    match returns:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _may_be_none(left) or _may_be_none(right) or _is_none(left) or _is_none(right)
        case ast.Subscript(value=ast.Name(id="Optional")):
            return True
        case _:
            return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
